# JHU CSSE: global time series, one column a day, cumulative; month first, years of two digits in its headings.
name = jhu-global
title = JHU: cases by country and province
disease = covid19
source = JHU CSSE
licence = CC BY 4.0
kind = counts
cumulative = yes
date_order = mdy
wide_dates = cases_report
match = Province/State; Country/Region; Lat; Long
[columns]
country = Country/Region
admin1_name = Province/State
ignored = Lat | Long
