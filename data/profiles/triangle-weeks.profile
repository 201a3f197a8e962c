# A reporting triangle with one column a delay in weeks: value_0w, value_1w, ..., value_>10w. Dates are the weeks' last days.
name = triangle-weeks
title = Reporting triangle, delays in weeks
kind = counts
step_days = 7
week_ends = yes
delays = value_#w
delay_measure = cases_onset
match = value_0w; value_1w; date
[columns]
place_code = location
age_group = age_group
date = date
