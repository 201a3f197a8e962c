/*
 * Headings and words of Go.Data (fields of its API and the English labels of its exports), SORMAS (detailed exports of cases and contacts) and DHIS2 tracker (attributes by their
 * code or name), the releases of an exercise, and what they are here.
 */
#include "jobs/tracing/exchange.h"

#include <string.h>

const char *const exchange_form_names[FORM_COUNT] = {"godata", "sormas", "dhis2", "exercise"};
const char *const exchange_part_names[PART_COUNT] = {"cases", "contacts", "relationships", "followups", "events", "results"};

bool exchange_form_from_name(const char *name, enum exchange_form *form)
{
    for (int i = 0; name != NULL && i < FORM_COUNT; i++) {
        if (strcmp(name, exchange_form_names[i]) == 0) {
            *form = (enum exchange_form)i;
            return true;
        }
    }
    return false;
}

bool exchange_part_from_name(const char *name, enum exchange_part *part)
{
    for (int i = 0; name != NULL && i < PART_COUNT; i++) {
        if (strcmp(name, exchange_part_names[i]) == 0) {
            *part = (enum exchange_part)i;
            return true;
        }
    }
    return false;
}

/* ----------------------------------------------------------------- headings */

/* Persons are alike in cases and contacts. */
#define GODATA_PERSON \
    {">row", "id|ID"}, {"@given", "firstName|First name"}, {"@other_names", "middleName|Middle name"}, {"@family", "lastName|Last name"}, {"@sex", "gender|Gender"}, \
    {"@birth", "dob|Date of birth"}, {"@age", "age.years|Age Years|Age - years|Age"}, {"@document", "documents[0].number|Documents[1] Number|Documents Number 1|Document number"}, \
    {"@document_2", "documents[1].number|Documents[2] Number|Documents Number 2"}, {"@telephone", "addresses[0].phoneNumber|Addresses[1] Phone number|Addresses Phone number 1|Phone number"}, \
    {"@address", "addresses[0].addressLine1|Addresses[1] Address line 1|Addresses Address line 1 1|Address line 1"}, \
    {"@place", "addresses[0].locationId|Addresses[1] Location|Addresses Location 1|Location"}, {"officer", "responsibleUserId|Responsible user"}

static const struct exchange_column godata_cases[] = {
    GODATA_PERSON, {">number", "visualId|Visual ID"}, {"class", "classification|Classification"}, {"onset", "dateOfOnset|Date of onset"}, {"report", "dateOfReporting|Date of reporting"},
    {"exposure_last", "dateOfInfection|Date of infection"}, {"outcome", "outcomeId|Outcome"}, {"outcome_day", "dateOfOutcome|Date of outcome"}};
static const struct exchange_column godata_contacts[] = {
    GODATA_PERSON, {"added", "dateOfReporting|Date of reporting"}, {"last", "dateOfLastContact|relationship.contactDate|Date of last contact|Relationship Date of last contact"},
    {">source", "relationship.relatedId|Relationship Related person|Relationship Related person ID|Related person"},
    {"certainty", "relationship.certaintyLevelId|Relationship Certainty level|Certainty level"}, {"proximity", "relationship.exposureTypeId|Relationship Exposure type|Exposure type"},
    {"setting", "relationship.socialRelationshipTypeId|Relationship Context of exposure|Context of exposure"},
    {"follow_until", "followUp.endDate|Follow-up End date|End of follow-up|Follow up end date"}, {"status", "followUp.status|Follow-up Status|Final follow-up status"}};
static const struct exchange_column godata_relationships[] = {
    {">row", "id|ID"}, {">source", "persons[0].id|sourcePerson.id|Source person ID|Persons[1] ID"}, {">person", "persons[1].id|targetPerson.id|Target person ID|Persons[2] ID"}, {"?type", "persons[1].type|targetPerson.type|Target person type|Persons[2] Type"},
    {"last", "contactDate|Date of last contact|Contact date"}, {"first", "dateOfFirstContact|Date of first contact"}, {"certainty", "certaintyLevelId|Certainty level"},
    {"proximity", "exposureTypeId|Exposure type"}, {"setting", "socialRelationshipTypeId|Context of exposure"}, {"added", "createdAt|Created at"}};
static const struct exchange_column godata_followups[] = {
    {">row", "id|ID"}, {">person", "personId|contact.id|Contact ID|Person ID"}, {"day", "date|Date"}, {"seen", "statusId|Status"}, {"officer", "responsibleUserId|Responsible user"},
    {"temperature", "questionnaireAnswers.temperature[0].value"}, {"symptoms", "questionnaireAnswers.symptoms[0].value"}};
static const struct exchange_column godata_events[] = {
    {">row", "id|ID"}, {"label", "name|Name|Event name"}, {"first", "date|Date|Event date|Date of event"}, {"last", "endDate|End date"}, {"setting", "eventCategory|Event category"},
    {"place", "address.locationId|addresses[0].locationId|Address Location|Addresses Location 1|Location"}, {"officer", "responsibleUserId|Responsible user"}};
static const struct exchange_column godata_results[] = {
    {">row", "id|ID"}, {">person", "personId|person.id|Person ID|Case ID|Contact ID"}, {"sample", "dateSampleTaken|Date sample taken"}, {"laboratory", "sampleIdentifier|Sample lab ID|Sample identifier"},
    {"?result", "result|Result"}};

#define SORMAS_PERSON \
    {">row", "uuid"}, {"@given", "firstName"}, {"@family", "lastName"}, {"@sex", "sex"}, {"@birth", "birthdate"}, {"@age", "approximateAge|age"}, {"@telephone", "phone"}, {"@address", "address"}, \
    {">person", "personUuid|person.uuid"}, {"@place", "district"}, {"officer", "contactOfficer|surveillanceOfficer|reportingUser"}, {"!kind", "quarantine"}, {"!first", "quarantineFrom"}, {"!last", "quarantineTo"}, \
    {"!help", "quarantineHelpNeeded"}, {"@document", "nationalHealthId"}, {"@document_2", "passportNumber"}

static const struct exchange_column sormas_cases[] = {
    SORMAS_PERSON, {"class", "caseClassification"}, {"onset", "symptomsOnsetDate|onsetDate"}, {"report", "reportDate"}, {"outcome", "outcome"}, {"outcome_day", "outcomeDate"},
    {"laboratory", "epidNumber"}, {">number", "epidNumber"}};
static const struct exchange_column sormas_contacts[] = {
    SORMAS_PERSON, {">source_case", "sourceCaseUuid|caseUuid"}, {"first", "firstContactDate"}, {"last", "lastContactDate"}, {"added", "reportDate"}, {"proximity", "contactProximity"},
    {"setting", "relationToCase"}, {"found", "contactIdentificationSource"}, {"status", "followUpStatus"}, {"certainty", "contactClassification"}, {"follow_until", "followUpUntil"}};

/* Of the API, and of the table of visits where it has the contact's or the person's uuid beside it: that of the page has neither. */
static const struct exchange_column sormas_followups[] = {
    {">row", "uuid"}, {">contact", "contactUuid|contact.uuid"}, {">person", "personUuid|person.uuid"}, {"day", "visitDateTime"}, {"seen", "visitStatus"}, {"officer", "visitUser.userName|visitUser"},
    {"temperature", "symptoms.temperature|temperature"}, {"symptoms", "symptoms"}};

/* Attributes by code or name, as the tracker's packages for COVID-19 and contact tracing name them. */
#define DHIS2_PERSON \
    {">row", "trackedEntity|trackedEntityInstance"}, {"@given", "First name|Given name|GEN - Given name|GEN_GIVEN_NAME|given_name|Nombre|Prénom|Primeiro nome"}, \
    {"@family", "Surname|Last name|Family name|GEN - Family name|GEN_FAMILY_NAME|family_name|Apellido|Apellidos|Nom|Sobrenome"}, {"@sex", "Sex|GEN - Sex|GEN_SEX|Gender|Sexo|Sexe"}, \
    {"@birth", "Date of birth|GEN - Date of birth|GEN_DATE_OF_BIRTH|DOB|Fecha de nacimiento|Data de nascimento|Date de naissance"}, {"@age", "Age|Age in years|Edad|Idade"}, \
    {"@telephone", "Phone number|Telephone|Contact number|Phone local|GEN - Phone number|Teléfono|Telefone|Téléphone"}, {"@address", "Address|Home address|Current address|Dirección|Endereço|Adresse"}, \
    {"@document", "National ID|National identifier|Passport number|Document|Documento"}, {"@place", "orgUnit"}
static const struct exchange_column dhis2_cases[] = {DHIS2_PERSON, {">number", "Local case ID|Case ID|Case number|Número de caso|Numéro de cas"}, {"class", "Case classification|Classification"}, {"onset", "occurredAt|incidentDate"}, {"report", "enrolledAt|enrollmentDate"}};
static const struct exchange_column dhis2_contacts[] = {DHIS2_PERSON, {">source", "from"}, {"last", "occurredAt|incidentDate"}, {"added", "enrolledAt|enrollmentDate"}};
static const struct exchange_column dhis2_followups[] = {
    {">row", "event"}, {">person", "trackedEntity|trackedEntityInstance"}, {"day", "occurredAt|eventDate"}, {"seen", "status"}, {"officer", "storedBy"}, {"temperature", "Temperature"}, {"symptoms", "Symptoms"}};

/* A release of an exercise (control/exercise): the line list, and whom the interviewed named. People are pseudonyms, the same in both. */
static const struct exchange_column exercise_cases[] = {
    {">row", "case_id"}, {">person", "reference"}, {"@sex", "sex"}, {"@age", "age"}, {"@place", "municipality"}, {"class", "status"}, {"onset", "onset"}, {"report", "first_report_day"}, {"sample", "test_day"},
    {"outcome", "outcome"}, {"outcome_day", "outcome_date"}};
static const struct exchange_column exercise_contacts[] = {
    {">person", "contact_reference"}, {">source_case", "case_id"}, {"setting", "setting"}, {"first", "first_contact"}, {"last", "last_contact"}, {"added", "report_day"}};

#define COLUMNS(list) {list, sizeof list / sizeof *list}
static const struct { const struct exchange_column *columns; size_t n; } columns[FORM_COUNT][PART_COUNT] = {
    {COLUMNS(godata_cases), COLUMNS(godata_contacts), COLUMNS(godata_relationships), COLUMNS(godata_followups), COLUMNS(godata_events), COLUMNS(godata_results)},
    {COLUMNS(sormas_cases), COLUMNS(sormas_contacts), {NULL, 0}, COLUMNS(sormas_followups), {NULL, 0}, {NULL, 0}},
    {COLUMNS(dhis2_cases), COLUMNS(dhis2_contacts), {NULL, 0}, COLUMNS(dhis2_followups), {NULL, 0}, {NULL, 0}},
    {COLUMNS(exercise_cases), COLUMNS(exercise_contacts), {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}}};

const struct exchange_column *exchange_columns(enum exchange_form form, enum exchange_part part, size_t *n)
{
    *n = columns[form][part].n;
    return columns[form][part].columns;
}

/* -------------------------------------------------------------------- words */

/* there: folded. Go.Data's words carry their category in front ("LNG_..._CLASSIFICATION_CONFIRMED"), so their end is compared. The first of a form's is what it is exported as. */
static const struct { const char *field, *there, *here, *forms[2]; /* as Go.Data and SORMAS write it; NULL: not to be exported by it */ } words[] = {
    {"sex", "female", "female", {"LNG_REFERENCE_DATA_CATEGORY_GENDER_FEMALE", "FEMALE"}}, {"sex", "male", "male", {"LNG_REFERENCE_DATA_CATEGORY_GENDER_MALE", "MALE"}},
    {"sex", "other", "other", {"LNG_REFERENCE_DATA_CATEGORY_GENDER_OTHER", "OTHER"}}, {"sex", "unknown", "unknown", {NULL, "UNKNOWN"}}, {"sex", "f", "female", {0}}, {"sex", "m", "male", {0}},
    {"sex", "mujer", "female", {0}}, {"sex", "hombre", "male", {0}}, {"sex", "femenino", "female", {0}}, {"sex", "masculino", "male", {0}}, {"sex", "feminino", "female", {0}},
    {"class", "confirmed", "confirmed", {"LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED", "CONFIRMED"}},
    {"class", "probable", "probable", {"LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_PROBABLE", "PROBABLE"}},
    {"class", "suspect", "suspected", {"LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_SUSPECT", "SUSPECT"}}, {"class", "suspected", "suspected", {0}},
    {"class", "notacasediscarded", "discarded", {"LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_NOT_A_CASE_DISCARDED", "NO_CASE"}}, {"class", "nocase", "discarded", {0}},
    {"class", "notacase", "discarded", {0}}, {"class", "discarded", "discarded", {0}}, {"class", "notclassified", "unknown", {NULL, "NOT_CLASSIFIED"}}, {"class", "notyetclassified", "unknown", {0}},
    {"class", "confirmednosymptoms", "confirmed", {0}}, {"class", "confirmedunknownsymptoms", "confirmed", {0}}, {"class", "unknown", "unknown", {0}},
    {"class", "confirmado", "confirmed", {0}}, {"class", "sospechoso", "suspected", {0}}, {"class", "descartado", "discarded", {0}}, {"class", "withdrawn", "discarded", {0}},
    {"outcome", "alive", "alive", {"LNG_REFERENCE_DATA_CATEGORY_OUTCOME_ALIVE", NULL}}, {"outcome", "recovered", "recovered", {"LNG_REFERENCE_DATA_CATEGORY_OUTCOME_RECOVERED", "RECOVERED"}},
    {"outcome", "deceased", "died", {"LNG_REFERENCE_DATA_CATEGORY_OUTCOME_DECEASED", "DECEASED"}}, {"outcome", "dead", "died", {0}}, {"outcome", "died", "died", {0}},
    {"outcome", "nooutcome", "unknown", {NULL, "NO_OUTCOME"}}, {"outcome", "unknown", "unknown", {0}},
    {"certainty", "low", "low", {"LNG_REFERENCE_DATA_CATEGORY_CERTAINTY_LEVEL_1_LOW", NULL}}, {"certainty", "medium", "medium", {"LNG_REFERENCE_DATA_CATEGORY_CERTAINTY_LEVEL_2_MEDIUM", "UNCONFIRMED"}},
    {"certainty", "high", "high", {"LNG_REFERENCE_DATA_CATEGORY_CERTAINTY_LEVEL_3_HIGH", "CONFIRMED"}}, {"certainty", "confirmed", "high", {0}}, {"certainty", "unconfirmed", "medium", {0}},
    {"certainty", "nocontact", "low", {0}}, {"certainty", "notacontact", "low", {0}},
    {"proximity", "touchedfluid", "fluids", {"LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_TYPE_TOUCHED_BODY_FLUIDS", "TOUCHED_FLUID"}}, {"proximity", "bodyfluids", "fluids", {0}},
    {"proximity", "aerosol", "fluids", {0}}, {"proximity", "medicalunsafe", "fluids", {0}},
    {"proximity", "physicalcontact", "touch", {"LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_TYPE_DIRECT_PHYSICAL_CONTACT", "PHYSICAL_CONTACT"}},
    {"proximity", "clothesorother", "objects", {"LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_TYPE_TOUCHED_OR_SHARED_LINENS_CLOTHES_OR_DISHES_UTENSILS_OBJECTS", "CLOTHES_OR_OTHER"}}, {"proximity", "objects", "objects", {0}},
    {"proximity", "closecontact", "close", {"LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_TYPE_CLOSE_CONTACT", "CLOSE_CONTACT"}}, {"proximity", "facetofacelong", "close", {0}},
    {"proximity", "facetofaceshort", "room", {0}}, {"proximity", "airplane", "room", {0}}, {"proximity", "medicalsafe", "room", {0}}, {"proximity", "medicalsameroom", "room", {0}},
    {"proximity", "sameroom", "room", {"LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_TYPE_SAME_ROOM", "SAME_ROOM"}}, {"proximity", "householdorroom", "room", {0}},
    {"proximity", "medicaldistant", "place", {"LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_TYPE_SAME_PLACE", "MEDICAL_DISTANT"}}, {"proximity", "medicallimited", "place", {0}}, {"proximity", "sameplace", "place", {0}},
    {"setting", "samehousehold", "household", {"LNG_REFERENCE_DATA_CATEGORY_CONTEXT_OF_TRANSMISSION_FAMILY_OR_SAME_HOUSEHOLD", "SAME_HOUSEHOLD"}}, {"setting", "household", "household", {0}},
    {"setting", "work", "work", {"LNG_REFERENCE_DATA_CATEGORY_CONTEXT_OF_TRANSMISSION_WORK", "WORK"}}, {"setting", "school", "school", {"LNG_REFERENCE_DATA_CATEGORY_CONTEXT_OF_TRANSMISSION_SCHOOL", NULL}},
    {"setting", "providedmedicalcareforthecase", "health_care", {0}}, {"setting", "medicalcare", "health_care", {NULL, "MEDICAL_CARE"}},
    {"setting", "nosocomialtransmission", "health_care", {"LNG_REFERENCE_DATA_CATEGORY_CONTEXT_OF_TRANSMISSION_NOSOCOMIAL_TRANSMISSION", NULL}},
    {"setting", "funeral", "funeral", {"LNG_REFERENCE_DATA_CATEGORY_CONTEXT_OF_TRANSMISSION_FUNERAL", NULL}}, {"setting", "familymemberorfriend", "gathering", {NULL, "FAMILY_MEMBER_OR_FRIEND"}},
    {"setting", "churchmosqueorothercongregation", "worship", {0}}, {"setting", "religious", "worship", {0}}, {"setting", "congregation", "worship", {0}}, {"setting", "birthday", "gathering", {0}},
    {"setting", "wedding", "gathering", {0}}, {"setting", "party", "gathering", {0}}, {"setting", "healthcarefacility", "health_care", {0}}, {"setting", "prison", "prison", {0}}, {"setting", "market", "trade", {0}},
    {"setting", "friends", "gathering", {"LNG_REFERENCE_DATA_CATEGORY_CONTEXT_OF_TRANSMISSION_FRIENDS", NULL}}, {"setting", "other", "other", {"LNG_REFERENCE_DATA_CATEGORY_CONTEXT_OF_TRANSMISSION_OTHER", "OTHER"}},
    {"setting", "community", "other", {0}}, {"setting", "travel", "transport", {0}},
    {"found", "caseperson", "forward", {NULL, "CASE_PERSON"}}, {"found", "contactperson", "forward", {0}}, {"found", "tracingapp", "app", {NULL, "TRACING_APP"}}, {"found", "other", "unknown", {0}}, {"found", "unknown", "unknown", {0}},
    {"found", "outbreakevent", "event", {0}},
    {"status", "underfollowup", "open", {"LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_UNDER_FOLLOW_UP", "FOLLOW_UP"}}, {"status", "followup", "open", {0}},
    {"status", "completed", "completed", {"LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_FOLLOW_UP_COMPLETED", "COMPLETED"}},
    {"status", "losttofollowup", "lost", {"LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_LOST_TO_FOLLOW_UP", "LOST"}}, {"status", "lost", "lost", {0}},
    {"status", "canceled", "dropped", {"LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_NOT_A_CONTACT", "CANCELED"}}, {"status", "nofollowup", "dropped", {0}}, {"status", "notacontact", "dropped", {0}},
    {"status", "refused", "refused", {"LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_REFUSED", NULL}}, {"status", "convertedtocase", "became_case", {0}},
    {"status", "becamecase", "became_case", {"LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_BECAME_CASE", "CONVERTED"}}, {"status", "converted", "became_case", {0}},
    {"seen", "seenok", "in_person", {"LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_SEEN_OK", "COOPERATIVE"}}, {"seen", "seennotok", "in_person", {0}},
    {"seen", "telephone", "telephone", {"LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_SEEN_OK", "COOPERATIVE"}},
    {"seen", "app", "app", {"LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_SEEN_OK", "COOPERATIVE"}},
    {"seen", "missed", "not_seen", {"LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_MISSED", "UNAVAILABLE"}},
    {"seen", "refused", "refused", {"LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_MISSED", "UNCOOPERATIVE"}}, {"seen", "uncooperative", "refused", {0}},
    {"seen", "cooperative", "in_person", {0}}, {"seen", "unavailable", "not_seen", {0}}, {"seen", "active", "in_person", {0}}, {"seen", "visited", "in_person", {0}},
    {"seen", "completed", "in_person", {0}}, {"seen", "skipped", "not_seen", {0}}, {"seen", "notperformed", "not_seen", {0}}, {"seen", "notattempted", "not_seen", {0}},
    {"kind", "home", "quarantine_home", {NULL, "HOME"}}, {"kind", "institutionell", "quarantine_facility", {NULL, "INSTITUTIONELL"}}, {"kind", "hospital", "isolation_facility", {NULL, "HOSPITAL"}},
    {"kind", "hotel", "quarantine_facility", {0}}, {"kind", "none", "", {0}}, {"kind", "unknown", "", {0}}, {"kind", "other", "unknown", {0}},
};
#define WORDS (sizeof words / sizeof *words)

int32_t exchange_age_day(enum vg_tracing_kind kind, const void *row)
{
    const struct vg_tracing_case *one = kind == VG_TRACING_CASE ? row : NULL;
    const struct vg_contact *contact = kind == VG_TRACING_CONTACT ? row : NULL;
    const int32_t days[] = {one != NULL ? one->report : contact != NULL ? contact->added : VG_DATE_NONE, one != NULL ? one->onset : contact != NULL ? contact->last : VG_DATE_NONE};
    return days[0] != VG_DATE_NONE ? days[0] : days[1] != VG_DATE_NONE ? days[1] : vg_date_today();
}

const char *exchange_word(const char *field, struct vg_text value)
{
    char folded[200];
    size_t size = vg_text_fold(value, folded, sizeof folded), best = 0;
    const char *found = NULL;
    bool prefixed = size > 3 && memcmp(folded, "lng", 3) == 0;
    for (size_t i = 0; i < WORDS; i++) {
        if (words[i].field[0] != field[0] || strcmp(words[i].field, field) != 0) {
            continue;
        }
        size_t length = strlen(words[i].there);
        bool ends = length <= size && memcmp(folded + size - length, words[i].there, length) == 0;
        if (ends && length > best && (length == size || prefixed)) {
            best = length;
            found = words[i].here;
        }
    }
    return found;
}

const char *exchange_word_of(enum exchange_form form, const char *field, const char *word)
{
    for (size_t i = 0; form < FORM_DHIS2 && i < WORDS; i++) {
        if (strcmp(words[i].field, field) == 0 && strcmp(words[i].here, word) == 0 && words[i].forms[form] != NULL) {
            return words[i].forms[form];
        }
    }
    return form == FORM_DHIS2 ? word : NULL;
}

const char *exchange_seen_word(enum exchange_form form, int seen, bool ill)
{
    bool was_seen = seen != VG_SEEN_NOT && seen != VG_SEEN_REFUSED;
    if (form == FORM_DHIS2) {
        return was_seen ? "COMPLETED" : "SKIPPED";
    }
    return was_seen && ill && form == FORM_GODATA ? "LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_SEEN_NOT_OK"
                                                  : exchange_word_of(form, "seen", vg_tracing_word(VG_TRACING_FOLLOWUP, "seen", seen));
}
