# Chile, MinCiencia product 1: cumulative cases by commune, long form.
name = cl-minciencia-communes
title = Chile: cases by commune (MinCiencia, product 1)
disease = covid19
country = CL
source = Ministerio de Ciencia, Chile
kind = counts
cumulative = yes
match = Codigo region; Codigo comuna; Fecha; Casos confirmados
admin1_digits = 2
admin2_digits = 5
[columns]
date = Fecha
admin1_code = Codigo region
admin1_name = Region
admin2_code = Codigo comuna
admin2_name = Comuna
measure:cases_report = Casos confirmados
