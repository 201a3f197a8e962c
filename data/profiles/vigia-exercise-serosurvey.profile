# Antibodies in samples of the people of an exercise's provinces, by the day on which a round begins.
name = vigia-exercise-serosurvey
title = Exercise: serosurvey
kind = counts
nature = simulated
match = round_start; place_code; tested; positive; release_day
[columns]
date = round_start
place_code = place_code
measure:survey_tested = tested
measure:survey_positive = positive
