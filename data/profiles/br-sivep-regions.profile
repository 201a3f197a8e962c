# Brazil, SIVEP-Gripe of one state by health region, as prepared for nowcasting exercises.
name = br-sivep-regions
title = Brazil: SRAG by health region
disease = sari
country = BR
source = Ministério da Saúde, OpenDataSUS
kind = cases
match = id; final_class; region; onset_date; digitization_date
[columns]
id = id
category = final_class
admin1_name = region
onset = onset_date
report = digitization_date
age = age
[missing]
NA
N/A
n/a
null
NULL
undefined
-   -
-
9999-99-99
NaN
nan
SIN ESPECIFICAR
S/D
