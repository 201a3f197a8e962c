# Brazil, e-SUS Notifica: flu-like illness with COVID-19 tests.
name = br-esus
title = Brazil: e-SUS Notifica
disease = covid19
country = BR
source = Ministério da Saúde, OpenDataSUS
kind = cases
match = dataNotificacao; dataInicioSintomas; municipioIBGE | municipioNotificacaoIBGE
admin1_digits = 2
[columns]
id = id | ÿid
notification = dataNotificacao
onset = dataInicioSintomas
diagnosis = dataTeste
report = dataEncerramento
birth_date = dataNascimento
sex = sexo
age = idade
admin1_code = estadoIBGE
admin1_name = estado
admin2_code = municipioIBGE
admin2_name = municipio
outcome = evolucaoCaso
class = classificacaoFinal
[missing]
null
undefined
NA
[sex]
female = F | f | female | Femenino | Feminino | Mujer | Woman | Femme | Féminin | 女 | 女性 | hembra | FEMENINO
male = M | m | male | Masculino | Hombre | Man | Homme | Masculin | 男 | 男性 | varón | H | hombre
unknown = I | Ignorado | U | unknown | No identificado | desconocido | indeterminado | NR | 9 | X | inconnu
[outcome]
recovered = Cura
died = Óbito
alive = Em tratamento domiciliar | Internado | Internado em UTI
unknown = Ignorado | Cancelado
[class]
confirmed = Confirmado Laboratorial | Confirmado Clínico-Epidemiológico | Confirmado por Critério Clínico | Confirmação Clínico Epidemiológico | Confirmação Laboratorial | Confirmado Clínico-Imagem
discarded = Descartado
suspected = Síndrome Gripal Não Especificada
