# Historic outbreaks: daily cases typed from their publications.
name = vigia-historic
title = Historic outbreak
kind = counts
default_measure = cases_report
[columns]
date = date
value = cases
