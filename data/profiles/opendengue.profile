# OpenDengue V1.3: dengue counts by place and period.
name = opendengue
title = OpenDengue
disease = dengue
source = OpenDengue V1.3 (Clarke et al. 2024)
licence = CC BY 4.0
kind = counts
match = adm_0_name; calendar_start_date; calendar_end_date; dengue_total
[columns]
date = calendar_start_date
country = ISO_A0
admin1_name = adm_1_name
admin2_name = adm_2_name
measure:cases_report = dengue_total
[missing]
NA
