# Deaths of whatever cause in an exercise by province and week, from two years before it.
name = vigia-exercise-all-deaths
title = Exercise: deaths of all causes
kind = counts
nature = simulated
step_days = 7
match = week_start; place_code; version; deaths; release_day
[columns]
date = week_start
place_code = place_code
measure:deaths_report = deaths
