# OpenDengue V1.3: dengue counts by place and week. Its months and years, which would count the same cases again, are left out.
name = opendengue
title = OpenDengue
disease = dengue
source = OpenDengue V1.3 (Clarke et al. 2024)
licence = CC BY 4.0
kind = counts
step_days = 7
match = adm_0_name; calendar_start_date; calendar_end_date; dengue_total
[columns]
date = calendar_start_date
country = ISO_A0
admin1_name = adm_1_name
admin2_name = adm_2_name
extra = full_name
measure:cases_report = dengue_total
[filter]
T_res = Week | week
[missing]
NA
