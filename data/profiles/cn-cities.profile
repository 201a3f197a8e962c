# China: cumulative counts by province and city, 2020.
name = cn-cities
title = China: cities, 2020
disease = covid19
country = CN
source = canghailan/Wuhan-2019-nCoV
licence = MIT
kind = counts
cumulative = yes
match = province; provinceCode; city; cityCode; confirmed; cured; dead
[columns]
date = date
admin1_code = provinceCode
admin1_name = province
admin2_code = cityCode
admin2_name = city
measure:cases_report = confirmed
measure:suspected_report = suspected
measure:recovered_report = cured
measure:deaths_report = dead
