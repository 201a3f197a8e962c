# Guesses for line lists without a profile, in Spanish, Portuguese, English, French and Chinese. What it guesses is shown before it is used.
name = generic-cases
title = Line list with guessed columns
kind = cases
generic = yes
match = onset | date_onset | onset_date | date_of_onset | symptom_onset | symptom onset date | fecha_inicio_sintomas | fecha de inicio de síntomas | inicio de síntomas | fecha de inicio | FIS | fec_ini_sin | ini_sin | data_inicio_sintomas | data de início dos sintomas | data do início dos sintomas | DT_SIN_PRI | date_debut_symptomes | date de début des symptômes | début des symptômes | 发病日期 | 发病时间 | date_reported | report_date | date_report | reporting date | date of report | fecha de reporte | fecha_reporte | fecha de notificación | fecha_notificacion | fec_not | data_notificacao | data de notificação | date_notification | date de notification | notification_date | 报告日期 | 报告时间 | fecha_diagnostico | fecha de diagnóstico | date_of_diagnosis | diagnosis_date | data_diagnostico | 诊断日期 | 确诊日期 | date_confirmation | fecha_confirmacion | fecha de confirmación | data_confirmacao | Fecha
[columns]
id = id | case_id | caso | id_caso | id_de_caso | ID de caso | case | case_number | número de caso | numero_caso | número do caso | case id | identifiant | 编号 | 病例编号 | 病例号
onset = onset | date_onset | onset_date | date_of_onset | symptom_onset | symptom onset date | fecha_inicio_sintomas | fecha de inicio de síntomas | inicio de síntomas | fecha de inicio | FIS | fec_ini_sin | ini_sin | data_inicio_sintomas | data de início dos sintomas | data do início dos sintomas | data inicio sintomas | DT_SIN_PRI | date_debut_symptomes | date de début des symptômes | début des symptômes | 发病日期 | 发病时间
report = report | date_reported | report_date | date_report | reporting date | date of report | fecha de reporte | fecha_reporte | fecha reporte web | data_digitacao | data de digitação | DT_DIGITA | 报告日期 | 报告时间 | date_rapport | date de rapport | digitization_date | web_report_date | date_of_report
notification = fecha de notificación | fecha_notificacion | fec_not | data_notificacao | data de notificação | DT_NOTIFIC | date_notification | date de notification | notification_date
diagnosis = fecha_diagnostico | fecha de diagnóstico | date_of_diagnosis | diagnosis_date | data_diagnostico | data de diagnóstico | 诊断日期 | 确诊日期 | date_confirmation | fecha_confirmacion | fecha de confirmación | data_confirmacao | confirmation_date | date_of_confirmation | Fecha
sample = fecha_muestra | fecha de toma de muestra | sample_date | date_of_sample | data_coleta | data da coleta | date_prelevement | date de prélèvement | 采样日期
admission = admission_date | date_of_admission | date_of_hospitalisation | hospitalisation_date | fecha_hospitalizacion | fecha de hospitalización | data_internacao | data de internação | date_hospitalisation | date d'hospitalisation | 入院日期 | fecha_ingreso
icu = icu_date | fecha_uci | data_uti | fecha de ingreso a uci | icu_admission_date
recovery = recovery_date | fecha_recuperado | fecha de recuperación | data_recuperacao | date_guerison | 出院日期 | 治愈日期
death = death_date | date_of_death | fecha_muerte | fecha de muerte | fecha_defuncion | fecha de defunción | fecha_fallecimiento | data_obito | data do óbito | date_deces | date de décès | 死亡日期
sex = sex | gender | sexo | sexe | 性别
age = age | edad | idade | âge | 年龄 | age_years | edad_años
age_unit = age_unit | unidad_edad | unidad de medida de edad | unidade_idade
country = country | país | pais | pays | 国家
admin1_code = admin1_code | department_code | codigo_departamento | código departamento | Código DIVIPOLA departamento | codigo_provincia | codigo_estado | state_code
admin1_name = admin1 | state | province | region | departamento | nombre departamento | departamento o distrito | provincia | estado | uf | região | département | province_state | 省 | 省份 | département
admin2_code = admin2_code | municipality_code | codigo_municipio | código municipio | Código DIVIPOLA municipio | código DIVIPOLA | codigo_ibge | county_code | 城市代码
admin2_name = admin2 | municipality | county | district | municipio | nombre municipio | município | ciudad | commune | 市 | 城市 | comuna | cantón | canton | distrito
class = class | classification | case_classification | clasificacion | clasificación | classificação | classificacao | 病例分类
outcome = outcome | desenlace | évolution | evolución | evolucion | evolução | evolucao | issue | 转归 | resultado final
severity = severity | severidad | gravedad | gravidade | gravité | 严重程度
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
female = F | f | female | Femenino | Feminino | Mujer | Woman | Femme | Féminin | 女 | 女性 | hembra | FEMENINO
male = M | m | male | Masculino | Hombre | Man | Homme | Masculin | 男 | 男性 | varón | H | hombre
unknown = I | Ignorado | U | unknown | No identificado | desconocido | indeterminado | NR | 9 | X | inconnu
[age_unit]
years = a | ano | anos | año | años | years | year | ans | an | 岁 | y
months = mes | meses | months | month | mois | 月 | m
days = día | días | dia | dias | days | day | jours | jour | 天 | d
[class]
confirmed = Confirmado | confirmed | Confirmada | Positivo | positive | confirmé | 确诊 | Caso confirmado | covid19
suspected = Sospechoso | suspected | Suspeito | suspect | 疑似 | under investigation | under_investigation
probable = Probable | Provável
discarded = Descartado | discarded | Negativo | negative | Caso descartado | No conclusivo
[outcome]
died = Fallecido | died | death | Óbito | dead | Muerto | Deceased | décédé | 死亡 | Fallecida | true | SI
recovered = Recuperado | recovered | Cura | Alta | guéri | 治愈 | recovery | Curado
alive = Vivo | alive | Casa | Hospital | Hospital UCI | Activo | Alive | Leve | En tratamiento
unknown = N/A | NA | Ignorado
died_other = Fallecido por otra causa
[severity]
asymptomatic = Asintomático | asymptomatic | Assintomático | asymptomatique | 无症状
mild = Leve | mild | léger | 轻症
moderate = Moderado | moderate | modéré
severe = Grave | severe | sévère | 重症
critical = Crítico | critical | critique | 危重
