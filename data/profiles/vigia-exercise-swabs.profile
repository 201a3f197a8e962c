# Positive swabs of an exercise with their cycle thresholds, which are kept with each.
name = vigia-exercise-swabs
title = Exercise: swabs
kind = cases
nature = simulated
snapshot = yes
default_class = confirmed
match = case_id; test_day; result_day; ct_value; release_day
[columns]
id = case_id
sample = test_day
diagnosis = result_day
report = release_day
