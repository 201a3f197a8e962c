# Chile, MinCiencia product 3 (TotalesPorRegion_std.csv): several figures by region and day, of which the new cases are taken.
name = cl-minciencia-totals
title = Chile: new cases by region (MinCiencia, product 3)
disease = covid19
country = CL
kind = counts
match = Region; Categoria; Fecha; Total
default_measure = cases_report
[columns]
date = Fecha
admin1_name = Region
value = Total
[filter]
Categoria = Casos nuevos totales
