# Dengue counts by country and week, from OpenDengue.
name = dengue-national
title = Dengue by country and week
disease = dengue
source = OpenDengue V1.3 (Clarke et al. 2024)
licence = CC BY 4.0
kind = counts
step_days = 7
match = iso3; start; end; resolution; dengue_total
[columns]
date = start
country = iso3
measure:cases_report = dengue_total
[filter]
resolution = week | Week
