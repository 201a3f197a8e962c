# China: daily counts by province, English names.
name = cn-provinces
title = China: provinces
disease = covid19
country = CN
source = JHU CSSE
licence = CC BY 4.0
kind = counts
match = province; date; cases; deaths
[columns]
date = date
admin1_name = province
measure:cases_report = cases
measure:deaths_report = deaths
