# JHU CSSE: United States by county.
name = jhu-us
title = JHU: United States by county
disease = covid19
country = US
source = JHU CSSE
licence = CC BY 4.0
kind = counts
cumulative = yes
date_order = mdy
wide_dates = cases_report
match = UID; FIPS; Admin2; Province_State; Combined_Key
admin2_digits = 5
[columns]
admin1_name = Province_State
admin2_name = Admin2
ignored = UID | iso2 | iso3 | code3 | FIPS | Country_Region | Lat | Long_ | Combined_Key | Population
