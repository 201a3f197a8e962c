# The German hospitalisation nowcast hub's triangle: one column a delay in days, value_0d, value_1d, ..., value_>80d.
name = triangle-hub
title = Reporting triangle of hospitalisations, delays in days
kind = counts
delays = value_#d
delay_measure = hospitalisations_positive_test
match = value_0d; value_1d; date; location
[columns]
place_code = location
age_group = age_group
date = date
