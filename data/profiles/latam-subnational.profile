# Cumulative cases and deaths by first-level unit of Latin American countries.
name = latam-subnational
title = Latin America: first-level units
disease = covid19
source = DataScienceResearchPeru/covid-19_latinoamerica
kind = counts
cumulative = yes
match = iso3166_2 | ISO 3166-2 Code; date | Last Update; cum_cases | Confirmed
[columns]
date = date | Last Update
place_code = iso3166_2 | ISO 3166-2 Code
place_name = subdivision | Subdivision
measure:cases_report = cum_cases | Confirmed
measure:deaths_report = cum_deaths | Deaths
measure:recovered_report = Recovered
