# Tests of an exercise by municipality and day of the result.
name = vigia-exercise-tests
title = Exercise: tests
kind = counts
nature = simulated
match = disease; date; place_code; tests; positives; release_day
[columns]
disease = disease
date = date
place_code = place_code
measure:tests_report = tests
measure:tests_positive_report = positives
