# Brazil, SIVEP-Gripe: hospitalised severe acute respiratory infection (SRAG), the Ministry of Health's open files.
name = br-sivep
title = Brazil: SIVEP-Gripe (SRAG)
disease = sari
country = BR
source = Ministério da Saúde, OpenDataSUS
kind = cases
date_order = dmy
match = DT_NOTIFIC; DT_SIN_PRI; DT_DIGITA; CLASSI_FIN
admin2_digits = 6
admin1_prefix = 2
[columns]
id = NU_NOTIFIC
notification = DT_NOTIFIC
onset = DT_SIN_PRI
report = DT_DIGITA
sample = DT_COLETA
diagnosis = DT_PCR
admission = DT_INTERNA
icu = DT_ENTUTI
death = DT_OBITO
admin1_name = SG_UF
admin2_code = CO_MUN_RES
admin2_name = ID_MN_RESI
sex = CS_SEXO
age = NU_IDADE_N
age_unit = TP_IDADE
birth_date = DT_NASC
category = CLASSI_FIN
outcome = EVOLUCAO
outcome_date = DT_EVOLUCA
identifying = NM_PACIENT
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
female = F | 2
male = M | 1
unknown = I | 9
[age_unit]
days = 1
months = 2
years = 3
[outcome]
recovered = 1
died = 2
died_other = 3
unknown = 9
