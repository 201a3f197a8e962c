# Daily counts of an exercise by municipality, with their batches and corrections.
name = vigia-exercise-daily
title = Exercise: daily counts
kind = counts
nature = simulated
match = disease; date; place_code; cases; deaths; report_day; release_day
[columns]
disease = disease
date = date
place_code = place_code
measure:cases_report = cases
measure:deaths_report = deaths
