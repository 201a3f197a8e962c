# Load of sewage at the main plants of an exercise, a week a sample. What is below the limit of detection has no number.
name = vigia-exercise-wastewater
title = Exercise: wastewater
kind = counts
nature = simulated
match = date; place_code; copies_per_100k; below_limit; release_day
[columns]
date = date
place_code = place_code
measure:wastewater_load = copies_per_100k
