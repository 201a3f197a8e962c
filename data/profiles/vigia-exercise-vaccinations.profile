# Doses given in an exercise by municipality, day, age and number of the dose.
name = vigia-exercise-vaccinations
title = Exercise: vaccinations
kind = counts
nature = simulated
match = date; place_code; age_from; dose_no; doses; release_day
[columns]
date = date
place_code = place_code
age_group = age_from
group = dose_no
measure:vaccinations_report = doses
