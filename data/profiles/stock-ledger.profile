# The stock ledger's files as people write them: movements, or a stock list with a column an item. Headings in es, pt, en, fr and zh; words of events and items are the program's own.
name = stock-ledger
title = Stock ledger: movements, or stock lists
kind = stock
generic = yes
[columns]
date = date | day | fecha | data | dia | jour | leaves | sale | sai | part | 日期 | 发出日期
# Where it comes from is the place only where no other column is: in lists of what was received it is the supplier.
place = place | place_code | location | region | lugar | local | lieu | departamento | estado | provincia | municipio | municipality | codigo_lugar | 地点 | 地区 | from | desde | origen | origem
facility = facility | hospital | establecimiento | estabelecimento | etablissement | centro | unidad | unidade | warehouse | almacen | almoxarifado | deposito | entrepot | 机构 | 医院 | 仓库
item = item | resource | product | articulo | insumo | recurso | producto | produto | article | produit | 物资 | 品名
event = event | movement | type | kind | evento | movimiento | movimento | tipo | mouvement | 类型 | 事件
amount = amount | quantity | stock | value | cantidad | quantidade | quantite | existencia | existencias | estoque | 数量
unit = unit | unidad_de_medida | unidade_de_medida | unite | 单位
lot = lot | batch | lote | numero_de_lote | 批号
expiry = expiry | expires | expiry_date | vencimiento | fecha_de_vencimiento | caducidad | validade | data_de_validade | vencimento | peremption | date_de_peremption | 有效期
to_place = to_place | to | destination | destino | para | vers | 目的地
to_facility = to_facility | hospital_destino | facility_to | establecimiento_destino | estabelecimento_destino | etablissement_destinataire
in_use = in_use | occupied | ocupadas | ocupados | en_uso | em_uso | occupes | 使用中
note = note | comment | nota | observacion | observaciones | observacao | remarque | 备注
due = due | arrives | llega | llegada | fecha_prevista | chega | chegada | data_prevista | arrive | arrivee | date_prevue | 到达日期 | 预计到达
id = id | entry | movement_id | numero | documento | 单号
