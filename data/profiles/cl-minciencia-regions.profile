# Chile, MinCiencia std products by region: PCR tests and intensive care.
name = cl-minciencia-regions
title = Chile: tests by region (MinCiencia, product 7)
disease = covid19
country = CL
kind = counts
match = Region; Codigo region; Poblacion; fecha; numero
default_measure = tests_report
admin1_digits = 2
[columns]
date = fecha
admin1_code = Codigo region
admin1_name = Region
value = numero
