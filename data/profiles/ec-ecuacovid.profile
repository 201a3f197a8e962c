# Ecuador: cumulative positives by province or canton, one column a day.
name = ec-ecuacovid
title = Ecuador: cases by province and canton
disease = covid19
country = EC
kind = counts
cumulative = yes
date_order = dmy
wide_dates = cases_report
match = provincia; poblacion; inec_provincia_id
admin1_digits = 2
admin2_digits = 4
[columns]
admin1_name = provincia
admin1_code = inec_provincia_id
admin2_name = canton
admin2_code = inec_canton_id
ignored = total
