# Guesses for counts by place and date without a profile. What it guesses is shown before it is used.
name = generic-counts
title = Counts with guessed columns
kind = counts
generic = yes
match = date | fecha | data | jour | 日期 | week | semana; cases | new_cases | confirmed | confirmados | positivos | casos | casos_nuevos | nuevos | nuevas | casos novos | cas | nouveaux cas | 病例数 | 新增病例 | deaths | muertes | óbitos | décès | 死亡
[columns]
date = date | fecha | data | jour | 日期 | week | semana
country = country | iso3 | iso2 | país | pays | 国家
admin1_name = state | province | region | departamento | provincia | estado | uf | département | 省 | 省份
admin2_name = municipality | municipio | município | ciudad | cantón | canton | distrito | comuna | city | commune | county | 市 | 城市
place_code = code | iso3166_2 | location | place | place_code
measure:cases_report = cases | new_cases | confirmed | confirmados | positivos | casos | casos_nuevos | nuevos | nuevas | casos novos | cas | nouveaux cas | 病例数 | 新增病例
measure:deaths_report = deaths | new_deaths | muertes | fallecidos | óbitos | obitos | décès | 死亡 | 新增死亡
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
