/*
 * exposure: exposure notification as Google and Apple specified it (GAEN, Bluetooth and cryptography v1.2).
 *
 * A phone or beacon has a temporary exposure key (TEK) a day. Every ten minutes it sends another rolling proximity identifier (RPI), which follows from the key, with four
 * bytes of associated encrypted metadata (AEM). Who is diagnosed may publish the keys of the days concerned; from these everybody derives the identifiers and looks whether they
 * were near. Nobody learns who.
 *
 *     RPIK = HKDF-SHA256(TEK, no salt, "EN-RPIK", 16)        AEMK = HKDF-SHA256(TEK, no salt, "EN-AEMK", 16)
 *     RPI(j) = AES-128(RPIK, "EN-RPI" || 6 zero bytes || j)  AEM(j) = AES-128-CTR(AEMK, IV = RPI(j), metadata)
 *
 * j is the interval, UNIX seconds / 600, 32 bits, least byte first.
 */
#ifndef VG_EXPOSURE_H
#define VG_EXPOSURE_H

#include "trace/trace.h"

/* ------------------------------------------------------------------- keys */

#define VG_EXPOSURE_KEY_BYTES 16
#define VG_EXPOSURE_IDENTIFIER_BYTES 16
#define VG_EXPOSURE_METADATA_BYTES 4
#define VG_EXPOSURE_INTERVAL_SECONDS 600
#define VG_EXPOSURE_PERIOD_MAX 144      /* intervals of a day */
#define VG_EXPOSURE_ONSET_NONE INT32_MIN
#define VG_EXPOSURE_ONSET_DAYS_MAX 14   /* days since onset that are meant lie within this, both ways */

enum vg_exposure_report {
    VG_EXPOSURE_REPORT_UNKNOWN, VG_EXPOSURE_REPORT_CONFIRMED_TEST, VG_EXPOSURE_REPORT_CLINICAL, VG_EXPOSURE_REPORT_SELF, VG_EXPOSURE_REPORT_RECURSIVE,
    VG_EXPOSURE_REPORT_REVOKED,
};
#define VG_EXPOSURE_REPORTS 6
const char *vg_exposure_report_name(enum vg_exposure_report report); /* "unknown", "confirmed_test", "clinical", "self_report", "recursive", "revoked"; NULL: none */
bool vg_exposure_report_from_name(struct vg_text name, enum vg_exposure_report *report);

/* A published (diagnosis) key. */
struct vg_exposure_key {
    uint8_t data[VG_EXPOSURE_KEY_BYTES];
    uint32_t rolling_start;        /* first interval */
    uint32_t rolling_period;       /* intervals, 1 .. 144 */
    int32_t transmission_risk;     /* 0: not given, 1 .. 8 */
    int32_t days_since_onset;      /* of the key's day; VG_EXPOSURE_ONSET_NONE */
    enum vg_exposure_report report;
};

void vg_exposure_identifier_key(const uint8_t key[VG_EXPOSURE_KEY_BYTES], uint8_t identifier_key[VG_EXPOSURE_KEY_BYTES]); /* RPIK */
void vg_exposure_metadata_key(const uint8_t key[VG_EXPOSURE_KEY_BYTES], uint8_t metadata_key[VG_EXPOSURE_KEY_BYTES]);     /* AEMK */
/* RPI of n <= 144 intervals from first on, one behind the other. */
void vg_exposure_identifiers(const uint8_t key[VG_EXPOSURE_KEY_BYTES], uint32_t first, size_t n, uint8_t *identifiers);
/* Encrypts, and decrypts just so. identifier is the one that was sent with it. */
void vg_exposure_metadata(const uint8_t key[VG_EXPOSURE_KEY_BYTES], const uint8_t identifier[VG_EXPOSURE_IDENTIFIER_BYTES], const uint8_t in[VG_EXPOSURE_METADATA_BYTES],
                          uint8_t out[VG_EXPOSURE_METADATA_BYTES]);

/* --------------------------------------------------------------- matching */

/* The code that runs. AUTO takes the best that this processor has; the results are the same. */
enum vg_exposure_code { VG_EXPOSURE_CODE_AUTO, VG_EXPOSURE_CODE_PORTABLE, VG_EXPOSURE_CODE_NARROW /* AES-NI, SHA */, VG_EXPOSURE_CODE_WIDE /* VAES, AVX-512 */ };
const char *vg_exposure_code_name(enum vg_exposure_code code); /* NULL: not on this processor */

/* One packet that was received. */
struct vg_exposure_sighting {
    uint8_t identifier[VG_EXPOSURE_IDENTIFIER_BYTES];
    uint8_t metadata[VG_EXPOSURE_METADATA_BYTES]; /* as received, encrypted */
    uint32_t seconds;        /* UNIX time */
    uint32_t previous_scan;  /* UNIX time of the scan before; 0: not known */
    int32_t rssi;            /* dBm, calibrated */
};

#define VG_EXPOSURE_TOLERANCE_INTERVALS 12 /* two hours: clocks differ */

struct vg_exposure_match_options {
    uint32_t tolerance_intervals;  /* a sighting counts when its interval and the identifier's differ by no more; at most 144 */
    enum vg_exposure_code code;
    uint64_t seed;                 /* of the table's hash: secret where sightings come from strangers, who might choose identifiers that fall together */
    size_t matches_max;            /* more are refused: a file may repeat a key without end; 0: 16 Mi */
};
void vg_exposure_match_defaults(struct vg_exposure_match_options *options);

/* sightings[sighting].identifier is keys[key]'s of interval, and was seen near enough to it. */
struct vg_exposure_match {
    uint32_t key, sighting, interval;
};

/* An index of sightings, which must stay where they are while it is used; about 25 bytes a sighting and 4 a day's. Many threads may match with one at a time. */
struct vg_exposure_matcher;
/* At most 2^31 sightings. */
vg_status vg_exposure_matcher_new(const struct vg_exposure_sighting *sightings, size_t n_sightings, const struct vg_exposure_match_options *options,
                                  struct vg_exposure_matcher **matcher, struct vg_error *error) VG_MUST_USE;
void vg_exposure_matcher_free(struct vg_exposure_matcher *matcher); /* NULL is allowed */
/*
 * All matches, ordered by key, interval, sighting, whatever the code and the number of threads; the array is the arena's. Keys of days without sightings cost nothing.
 * VG_DATA_ERROR: a key whose period is not 1 .. 144 (its number is told). VG_LIMIT_EXCEEDED: more matches than allowed.
 */
vg_status vg_exposure_match(const struct vg_exposure_matcher *matcher, const struct vg_exposure_key *keys, size_t n_keys, struct vg_pool *pool, struct vg_arena *arena,
                            struct vg_exposure_match **matches, size_t *n_matches, struct vg_error *error) VG_MUST_USE;

/*
 * What matching costs at least with a code: derives the identifiers of all keys, or their RPIKs alone, in one thread, and gives the sum of the first bytes of each key's last one, so
 * that no compiler leaves it out. For benchmarks.
 */
vg_status vg_exposure_derive(enum vg_exposure_code code, const struct vg_exposure_key *keys, size_t n_keys, bool identifiers, uint64_t *sum, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------- risk */

/* Of a sighting's metadata, once decrypted. */
struct vg_exposure_bluetooth {
    uint8_t major, minor, confidence; /* of the version; confidence in the power's calibration, 0 lowest .. 3 */
    int8_t transmit_power;            /* dBm */
};
struct vg_exposure_bluetooth vg_exposure_bluetooth_read(const uint8_t metadata[VG_EXPOSURE_METADATA_BYTES]);
void vg_exposure_bluetooth_write(struct vg_exposure_bluetooth bluetooth, uint8_t metadata[VG_EXPOSURE_METADATA_BYTES]);

/*
 * What every reckoning of risk begins with: of a key's matches, per identifier the sightings of at most 20 minutes from the first (later ones are replays), and none whose
 * transmit power is told to be outside -50 .. 20 dBm. Attenuation is transmit power - RSSI, not below 0. All as Google's reference code does it.
 */

enum vg_exposure_infectiousness { VG_EXPOSURE_INFECTIOUSNESS_NONE, VG_EXPOSURE_INFECTIOUSNESS_STANDARD, VG_EXPOSURE_INFECTIOUSNESS_HIGH };

/* What a health authority says of keys. */
struct vg_exposure_mapping {
    enum vg_exposure_infectiousness infectiousness[2 * VG_EXPOSURE_ONSET_DAYS_MAX + 1]; /* [days since onset + 14] */
    enum vg_exposure_infectiousness infectiousness_without_onset;
    enum vg_exposure_report report_when_unknown;
};
void vg_exposure_mapping_defaults(struct vg_exposure_mapping *mapping); /* all standard; unknown is a confirmed test */

/* Packets at most 25 seconds apart are one scan of the receiver. */
struct vg_exposure_scan {
    int32_t typical_attenuation, least_attenuation; /* dB; the former is the mean, rounded */
    int32_t seconds;                                /* since the scan before, whole minutes, at most 300; 120 where it is not known */
};
/* At most half an hour of one key. */
struct vg_exposure_window {
    uint32_t key, start_seconds;
    enum vg_exposure_report report;
    enum vg_exposure_infectiousness infectiousness;
    uint8_t confidence;
    const struct vg_exposure_scan *scans;
    size_t n_scans;
};
/* matches as vg_exposure_match gives them; windows ordered by key and time, in the arena. */
vg_status vg_exposure_windows(const struct vg_exposure_key *keys, const struct vg_exposure_sighting *sightings, const struct vg_exposure_match *matches, size_t n_matches,
                              const struct vg_exposure_mapping *mapping, struct vg_arena *arena, struct vg_exposure_window **windows, size_t *n_windows,
                              struct vg_error *error) VG_MUST_USE;

/*
 * What a telephone tells of its own log where it shows no packets: so many seconds near a key, at one attenuation. Windows in the same order, each of at most half an hour with scans
 * of at most five minutes, in the arena. seconds at most 86,400; 0 has none.
 */
struct vg_exposure_counted {
    uint32_t key, start_seconds, seconds;
    int32_t attenuation;
};
vg_status vg_exposure_counted_windows(const struct vg_exposure_key *keys, const struct vg_exposure_counted *counted, size_t n, const struct vg_exposure_mapping *mapping,
                                      struct vg_arena *arena, struct vg_exposure_window **windows, size_t *n_windows, struct vg_error *error) VG_MUST_USE;

/* Version 2. Weights are 0 .. 2.5. */
struct vg_exposure_v2 {
    double report_weights[VG_EXPOSURE_REPORTS];  /* windows of unknown, recursive and revoked reports never count */
    double infectiousness_weights[3];
    int32_t attenuation_thresholds[3];           /* dB, upwards: immediate up to the first, near, medium, other */
    double attenuation_weights[4];
    int32_t days_since_exposure;                 /* older days are left out; 0: none */
    double least_window_score;
};
void vg_exposure_v2_defaults(struct vg_exposure_v2 *config); /* all weights 1 (0 for no infectiousness), thresholds 55, 63, 73 */
vg_status vg_exposure_v2_check(const struct vg_exposure_v2 *config, struct vg_error *error) VG_MUST_USE;
/* weighted_seconds = sum over scans of seconds x weight of the attenuation; the score is that x weight of the report x weight of the infectiousness. */
double vg_exposure_v2_score(const struct vg_exposure_v2 *config, const struct vg_exposure_window *window, double *weighted_seconds);

struct vg_exposure_sums {
    double largest_score, score_sum, weighted_seconds_sum;
};
struct vg_exposure_summary {
    int32_t day;                                 /* days since 1970-01-01, UTC */
    struct vg_exposure_sums all, by_report[VG_EXPOSURE_REPORTS];
};
/* One summary a day with windows, upwards, in the arena. today: for days_since_exposure. */
vg_status vg_exposure_v2_summaries(const struct vg_exposure_v2 *config, const struct vg_exposure_window *windows, size_t n_windows, int32_t today, struct vg_arena *arena,
                                   struct vg_exposure_summary **summaries, size_t *n_summaries, struct vg_error *error) VG_MUST_USE;

/* Version 1: four scores of eight buckets, multiplied. */
struct vg_exposure_v1 {
    int32_t attenuation_scores[8];   /* > 73 dB, > 63, > 51, > 33, > 27, > 15, > 10, else */
    int32_t days_scores[8];          /* >= 14 days since, 12, 10, 8, 6, 4, 2, else */
    int32_t duration_scores[8];      /* <= 0 minutes, 5, 10, 15, 20, 25, 30, else */
    int32_t transmission_scores[8];  /* of transmission risk 1 .. 8; any other counts 1 */
    int32_t least_score;             /* what is below counts 0 */
    int32_t attenuation_thresholds[2]; /* for the durations below, between and above */
};
void vg_exposure_v1_defaults(struct vg_exposure_v1 *config); /* all scores 4, nothing left out, thresholds 50 and 74 */
int64_t vg_exposure_v1_score(const struct vg_exposure_v1 *config, int32_t attenuation, int64_t days_since, int64_t duration_seconds, int32_t transmission_risk);
/* Sightings of a key without a gap of more than ten minutes. */
struct vg_exposure_record {
    uint32_t key, start_seconds, duration_seconds; /* to five minutes */
    int32_t attenuation;                           /* weighted by time, rounded */
    uint32_t below_seconds, between_seconds, above_seconds;
    int64_t score;
};
/* now: UNIX seconds. Ordered by key and time, in the arena. */
vg_status vg_exposure_v1_records(const struct vg_exposure_v1 *config, const struct vg_exposure_key *keys, const struct vg_exposure_sighting *sightings,
                                 const struct vg_exposure_match *matches, size_t n_matches, int64_t now, struct vg_arena *arena, struct vg_exposure_record **records,
                                 size_t *n_records, struct vg_error *error) VG_MUST_USE;

/* ----------------------------------------------------------- export files */

/*
 * What a key server gives to phones: a ZIP of export.bin (a header of 16 bytes and a TemporaryExposureKeyExport) and export.sig (a TEKSignatureList over the whole of export.bin).
 * Bounds of what is read:
 */
#define VG_EXPOSURE_EXPORT_BYTES_MAX ((size_t)256 << 20)  /* export.bin, unpacked */
#define VG_EXPOSURE_SIGNATURES_BYTES_MAX ((size_t)1 << 20)
#define VG_EXPOSURE_EXPORT_KEYS_MAX 4000000
#define VG_EXPOSURE_SIGNATURES_MAX 64

#define VG_EXPOSURE_OID_SHA256 "1.2.840.10045.4.3.2" /* ecdsa-with-SHA256 */
#define VG_EXPOSURE_OID_SHA512 "1.2.840.10045.4.3.4" /* ecdsa-with-SHA512 */

/* Who signs, and how. Texts may be empty. */
struct vg_exposure_signer {
    struct vg_text key_version, key_id, algorithm;
};
struct vg_exposure_export {
    uint64_t start_seconds, end_seconds; /* UNIX time of the keys' arrival: from, to */
    struct vg_text region;
    int32_t batch_number, batch_size;    /* 1 .. size */
    struct vg_exposure_signer *signers;
    size_t n_signers;
    struct vg_exposure_key *keys, *revised_keys;
    size_t n_keys, n_revised_keys;
};
struct vg_exposure_signature {
    struct vg_exposure_signer signer;
    int32_t batch_number, batch_size;
    struct vg_text der;
};
/* A whole file; texts are the arena's. */
struct vg_exposure_file {
    struct vg_exposure_export export;
    struct vg_exposure_signature *signatures;
    size_t n_signatures;
    struct vg_text bin; /* export.bin as it is, which is what was signed */
};

/*
 * export.bin alone; texts point into it. VG_DATA_ERROR with what is wrong and at which byte, VG_LIMIT_EXCEEDED. A period that is not given is 144; one that is none (0, above 144)
 * and a key that has not 16 bytes make the file bad. Fields that are not known are passed over.
 */
vg_status vg_exposure_export_read(struct vg_text bin, struct vg_arena *arena, struct vg_exposure_export *export, struct vg_error *error) VG_MUST_USE;
vg_status vg_exposure_signatures_read(struct vg_text sig, struct vg_arena *arena, struct vg_exposure_signature **signatures, size_t *n_signatures,
                                      struct vg_error *error) VG_MUST_USE;
/* The ZIP, or an export.bin without signatures (known by its header). A ZIP must hold the two parts, each once, and nothing else. */
vg_status vg_exposure_file_read(const void *data, size_t size, struct vg_arena *arena, struct vg_exposure_file *file, struct vg_error *error) VG_MUST_USE;

/* By key bytes, so that their order tells nothing of who uploaded what together. */
void vg_exposure_keys_sort(struct vg_exposure_key *keys, size_t n_keys);
/* Appends export.bin. Keys are written in the order given. */
vg_status vg_exposure_export_write(const struct vg_exposure_export *export, struct vg_buffer *bin, struct vg_error *error) VG_MUST_USE;
/* Appends export.sig: keys[i] signs as export->signers[i], whose algorithm must be ecdsa-with-SHA256. */
vg_status vg_exposure_export_sign(const struct vg_exposure_export *export, struct vg_text bin, const struct vg_p256_key *const *keys, struct vg_buffer *sig,
                                  struct vg_error *error) VG_MUST_USE;
/* Appends the ZIP: the same bytes for the same parts. */
vg_status vg_exposure_file_pack(struct vg_text bin, struct vg_text sig, struct vg_buffer *zip, struct vg_error *error) VG_MUST_USE;

/* A key to verify with; key_id and key_version as the signer's, or data NULL: any. */
struct vg_exposure_verifier {
    struct vg_text key_id, key_version;
    const struct vg_p256_key *key;
};
/*
 * Whether the file is what one of the verifiers signed, as phones hold it: as many signatures as signers, each signature's batch number and size the export's own, and at least one
 * signature of a verifier that holds, and none of a verifier that does not. VG_DATA_ERROR says what failed. *n_holding: signatures that hold.
 */
vg_status vg_exposure_file_verify(const struct vg_exposure_file *file, const struct vg_exposure_verifier *verifiers, size_t n_verifiers, size_t *n_holding,
                                  struct vg_error *error) VG_MUST_USE;
/* Whether files make whole batches: of each batch (region, times, size) every number once. VG_DATA_ERROR names what is missing or twice. */
vg_status vg_exposure_batches_check(const struct vg_exposure_export *const *exports, size_t n_exports, struct vg_error *error) VG_MUST_USE;

/* -------------------------------------------------------------- federation */

/* A key as key servers give it to each other: the European gateway's DiagnosisKey. Country codes and origin are ASCII. */
struct vg_exposure_shared_key {
    struct vg_text data;               /* 16 bytes where it is a GAEN key */
    uint32_t rolling_start, rolling_period;
    int32_t transmission_risk;
    const struct vg_text *visited;     /* countries or regions where the person was */
    size_t n_visited;
    struct vg_text origin;
    int32_t report;                    /* enum vg_exposure_report */
    int32_t days_since_onset;          /* as the gateway has it, where counting from other events adds 2000, 3000, 4000 */
};
#define VG_EXPOSURE_SHARED_KEYS_MAX 1000000
#define VG_EXPOSURE_VISITED_MAX 256
#define VG_EXPOSURE_COUNTRY_BYTES_MAX 16

/* DiagnosisKeyBatch. Texts point into bytes. */
vg_status vg_exposure_batch_read(struct vg_text bytes, struct vg_arena *arena, struct vg_exposure_shared_key **keys, size_t *n_keys, struct vg_error *error) VG_MUST_USE;
vg_status vg_exposure_batch_write(const struct vg_exposure_shared_key *keys, size_t n_keys, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/*
 * The bytes that a batch's signature is over (EFGS): of each key eight fields in base64 (numbers as four bytes, most significant first; countries joined by commas), each followed
 * by a full stop; the keys ordered by the base64 of that, and put one behind the other.
 */
vg_status vg_exposure_batch_signing_bytes(const struct vg_exposure_shared_key *keys, size_t n_keys, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* The header batchSignature: a detached CMS (PKCS #7) over these bytes with the certificate inside, in base64. certificate and key as PEM. */
vg_status vg_exposure_batch_sign(const struct vg_exposure_shared_key *keys, size_t n_keys, struct vg_text certificate, struct vg_text private_key, struct vg_buffer *base64,
                                 struct vg_error *error) VG_MUST_USE;
/* Whether one of the trusted certificates (PEM, one behind the other) signed it, was valid at that time, and names as its country the origin of every key. */
vg_status vg_exposure_batch_verify(const struct vg_exposure_shared_key *keys, size_t n_keys, struct vg_text base64, struct vg_text trusted, int64_t now,
                                   struct vg_error *error) VG_MUST_USE;

/* What two nodes agreed on. Names are codes of countries or regions. */
struct vg_exposure_agreement {
    struct vg_text self, partner;
    struct vg_text partner_key;        /* Ed25519, 64 hexadecimal digits */
    uint32_t reports;                  /* bit 1 << report for each kind that is given and taken */
    bool all_keys;                     /* give every key, not only of people who were in the partner's region */
};
/* Which keys are given: of this node's own people alone (what came from another node goes no further), and as agreed. selected: [n_keys]. */
size_t vg_exposure_agreement_select(const struct vg_exposure_agreement *agreement, const struct vg_exposure_shared_key *keys, size_t n_keys, bool *selected);
/* Appends a bundle of keys to the partner, signed by this node. sequence: one more with each bundle. */
vg_status vg_exposure_bundle_write(const struct vg_exposure_agreement *agreement, const struct vg_exposure_shared_key *keys, size_t n_keys, uint64_t sequence, int64_t now,
                                   const struct vg_seal_key *signing_key, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
struct vg_exposure_bundle {
    struct vg_text from, to;
    int64_t created_seconds;
    uint64_t sequence;                 /* at or below what was taken before: a repeat, which the caller refuses */
    struct vg_exposure_shared_key *keys;
    size_t n_keys;
};
/* VG_DATA_ERROR: not the partner's signature, for another node, a key that is none, of another origin than the partner (no transit) or of a kind that was not agreed. */
vg_status vg_exposure_bundle_read(const struct vg_exposure_agreement *agreement, struct vg_text bytes, struct vg_arena *arena, struct vg_exposure_bundle *bundle,
                                  struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------ what servers decide */

/*
 * A key server takes the keys of the diagnosed and gives them out in exports; a verification server gives codes to laboratories and, for a code, a certificate of the diagnosis. The
 * rules are those of Google's two servers (exposure-notifications-server, exposure-notifications-verification-server), so that their clients work unchanged.
 */
#define VG_EXPOSURE_MAC_BYTES 32

struct vg_exposure_upload_rules {
    size_t keys_max, same_start_max;     /* 30, 3 */
    int32_t age_hours_max;               /* 360: a key that ended before that */
    int32_t onset_days_max;              /* 14: keys further from the onset are not taken */
};
void vg_exposure_upload_rules_defaults(struct vg_exposure_upload_rules *rules);
/* Why a key is not taken at that time; NULL: it is. */
const char *vg_exposure_upload_refusal(const struct vg_exposure_upload_rules *rules, const struct vg_exposure_key *key, int64_t now);
/* Why the whole is not taken: too many keys, a key twice, too many of one start, periods that overlap without being the same; NULL: it is. */
const char *vg_exposure_upload_refusal_of_all(const struct vg_exposure_upload_rules *rules, const struct vg_exposure_key *keys, size_t n_keys);
/* The hour at which a key counts as come, UNIX seconds: of `now`, or of the end of its period where that is still to come, before which it must not be given out. */
int64_t vg_exposure_upload_hour(const struct vg_exposure_key *key, int64_t now);
/* Whether a key once given out may be given out again with another report: self report to any other, clinical to a test or revoked, recursive to anything. */
bool vg_exposure_report_may_become(enum vg_exposure_report from, enum vg_exposure_report to);

/* What a telephone's HMAC covers: base64.start.period.risk of each key, ordered as texts, with commas; without the risk where with_risk is false. */
void vg_exposure_upload_text(const struct vg_exposure_key *keys, size_t n_keys, bool with_risk, struct vg_buffer *out);
/* Whether mac is HMAC-SHA256 of that text by the telephone's secret (16 bytes and more); without risks also where none is given. */
bool vg_exposure_upload_holds(const struct vg_exposure_key *keys, size_t n_keys, const void *secret, size_t secret_size, const uint8_t mac[VG_EXPOSURE_MAC_BYTES]);

enum vg_exposure_test { VG_EXPOSURE_TEST_CONFIRMED, VG_EXPOSURE_TEST_LIKELY, VG_EXPOSURE_TEST_NEGATIVE, VG_EXPOSURE_TEST_USER_REPORT };
#define VG_EXPOSURE_TESTS 4
const char *vg_exposure_test_name(enum vg_exposure_test test); /* "confirmed", "likely", "negative", "user-report" */
bool vg_exposure_test_from_name(struct vg_text name, enum vg_exposure_test *test);
enum vg_exposure_report vg_exposure_test_report(enum vg_exposure_test test); /* of a negative one: unknown; its keys are not kept */
int32_t vg_exposure_test_risk(enum vg_exposure_test test);                   /* what a key gets that comes without: 2, 4, 6, 5 */

/* A diagnosis, bound by the HMAC to the keys that it lets in. A JSON web token (RFC 7519), ES256. */
struct vg_exposure_diagnosis {
    const char *issuer, *audience, *key_id;
    int64_t issued, expires;            /* UNIX seconds */
    uint8_t mac[VG_EXPOSURE_MAC_BYTES];
    enum vg_exposure_test test;
    uint32_t onset_interval;            /* 0: no onset is told */
};
vg_status vg_exposure_diagnosis_write(const struct vg_exposure_diagnosis *diagnosis, const struct vg_p256_key *key, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/*
 * The caller tells issuer, audience and key_id that it expects (NULL: any) and gets the rest. now: UNIX seconds; clocks may differ by five seconds. VG_DATA_ERROR: not such a token,
 * another algorithm (none, above all), not of that key, issuer or audience, or not of this time.
 */
vg_status vg_exposure_diagnosis_read(struct vg_text token, const struct vg_p256_key *key, int64_t now, struct vg_exposure_diagnosis *diagnosis, struct vg_error *error) VG_MUST_USE;

#endif
