# The same list with English headings and ISO dates.
name = co-ins-english
title = Colombia: INS line list of COVID-19 cases
disease = covid19
country = CO
source = Instituto Nacional de Salud (datos abiertos Colombia)
kind = cases
snapshot = yes
default_class = confirmed
match = id; municipality_divipola; web_report_date; notification_date
admin1_digits = 2
admin2_digits = 5
admin1_prefix = 2
[columns]
id = id
notification = notification_date
report = web_report_date
onset = onset_date
diagnosis = diagnosis_date
recovery = recovery_date
death = death_date
admin1_code = department_code
admin1_name = department
admin2_code = municipality_divipola
admin2_name = municipality
age = age
sex = sex
severity = severity
outcome = care
category = source_type
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
[sex]
female = F
male = M
[severity]
asymptomatic = Asintomático
mild = Leve
moderate = Moderado
severe = Grave
unknown = Fallecido | N/A
[outcome]
died = Fallecido
recovered = Recuperado
alive = Casa | Hospital | Hospital UCI
unknown = N/A
