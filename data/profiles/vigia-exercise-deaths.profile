# Deaths of an exercise as the civil register has them.
name = vigia-exercise-deaths
title = Exercise: civil register
kind = cases
nature = simulated
snapshot = yes
default_class = confirmed
match = disease; death_id; date_of_death; municipality; cause; release_day
[columns]
disease = disease
id = death_id
place_code = municipality
sex = sex
age = age
death = date_of_death
report = release_day
notification = report_day
[sex]
female = female
male = male
[filter]
cause = disease
