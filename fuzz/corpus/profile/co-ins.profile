# Colombia, Instituto Nacional de Salud: the open COVID-19 line list, in its layouts of May 2020, of later 2020 and of the SODA service.
name = co-ins
title = Colombia: INS line list of COVID-19 cases
disease = covid19
country = CO
source = Instituto Nacional de Salud (datos abiertos Colombia)
licence = open data
kind = cases
snapshot = yes
default_class = confirmed
match = ID de caso | id_de_caso; Fecha de notificación | fecha_de_notificaci_n | Fecha de notificacion; fecha reporte web | fecha_reporte_web
admin1_digits = 2
admin2_digits = 5
admin1_prefix = 2
[columns]
id = ID de caso | id_de_caso
notification = Fecha de notificación | fecha_de_notificaci_n | fecha_not
report = fecha reporte web | fecha_reporte_web
onset = FIS | Fecha de inicio de síntomas | fecha_inicio_sintomas | Fecha de inicio de sintomas
diagnosis = Fecha diagnostico | Fecha de diagnóstico | fecha_diagnostico | Fecha diagnóstico
recovery = Fecha recuperado | Fecha de recuperación | fecha_recuperado
death = Fecha de muerte | fecha_muerte | fecha_de_muerte
admin1_code = Código DIVIPOLA departamento | departamento | Codigo departamento | codigo_departamento
admin1_name = Departamento o Distrito | Nombre departamento | departamento_nom
admin2_code = Codigo DIVIPOLA | Código DIVIPOLA | Código DIVIPOLA municipio | ciudad_municipio
admin2_name = Ciudad de ubicación | Nombre municipio | ciudad_municipio_nom
age = Edad
age_unit = Unidad de medida de edad | unidad_medida
sex = Sexo
severity = Estado
outcome = atención | Recuperado
category = Tipo | Tipo de contagio | fuente_tipo_contagio | Tipo contagio
[missing]
-   -
NA
N/A
SIN DATO
[sex]
female = F
male = M
[age_unit]
years = 1
months = 2
days = 3
[severity]
asymptomatic = Asintomático | Asintomatico
mild = Leve
moderate = Moderado
severe = Grave
unknown = Fallecido | N/A
[outcome]
died = Fallecido
recovered = Recuperado
alive = Casa | Hospital | Hospital UCI | Activo
unknown = N/A
