# Daily new cases and deaths by country, long form.
name = national-daily
title = Countries: daily cases and deaths
disease = covid19
source = JHU CSSE
licence = CC BY 4.0
kind = counts
match = iso3; country; date; cases; deaths
[columns]
date = date
country = iso3
measure:cases_report = cases
measure:deaths_report = deaths
