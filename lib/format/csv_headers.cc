#include "format/csv_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>

#include "base/utf8.h"
#include "format/column_labels.h"
#include "format/kept_lines.h"

namespace cardsrv::format {
namespace {

// What a column holds, and its names: "|" between those of a language.
struct Header {
  std::string_view target;
  std::string_view english;
  std::string_view german;
  std::string_view spanish;
  std::string_view chinese;
};

// Of Google and Outlook both; where the two mean different things by a name, Outlook's meaning counts.
constexpr std::array kHeaders = {
    Header{"FN", "Name|Full Name|Display Name", "Anzeigename|Vollständiger Name", "Nombre completo|Nombre para mostrar",
           "姓名|全名|显示名称"},
    Header{"N.given", "First Name|Given Name", "Vorname", "Nombre|Nombre de pila|Primer nombre", "名|名字"},
    Header{"N.additional", "Middle Name|Additional Name", "Weitere Vornamen|Zweiter Vorname", "Segundo nombre",
           "中间名"},
    Header{"N.family", "Last Name|Family Name|Surname", "Nachname|Familienname", "Apellidos|Apellido", "姓|姓氏"},
    Header{"N.prefix", "Title|Name Prefix|Prefix", "Anrede|Titel|Namenspräfix", "Tratamiento|Prefijo",
           "英文称谓|称谓|称呼|前缀"},
    Header{"N.suffix", "Suffix|Name Suffix", "Suffix|Namenszusatz|Namenssuffix", "Sufijo", "中文称谓|后缀"},
    Header{"NICKNAME", "Nickname", "Spitzname", "Apodo|Sobrenombre|Alias", "昵称"},
    Header{"X-FILE-AS", "File As", "Speichern unter", "Archivar como", "表示为"},
    Header{"X-MAIDENNAME", "Maiden Name", "Geburtsname", "Apellido de soltera", ""},
    Header{"X-PHONETIC-FIRST-NAME", "Phonetic First Name|Given Name Yomi|Given Yomi",
           "Vorname Yomi|Phonetischer Vorname", "Yomi especificada|Nombre fonético", "名拼音"},
    Header{"X-PHONETIC-MIDDLE-NAME", "Phonetic Middle Name|Additional Name Yomi", "", "", ""},
    Header{"X-PHONETIC-LAST-NAME", "Phonetic Last Name|Family Name Yomi|Surname Yomi",
           "Nachname Yomi|Phonetischer Nachname", "Apellido Yomi|Apellido fonético", "姓拼音"},
    Header{"X-PHONETIC-NAME", "Yomi Name", "", "", ""},
    Header{"X-PHONETIC-ORG", "Company Yomi|Organization Yomi Name", "Firma Yomi", "Compañía Yomi", "公司拼音"},
    Header{"ORG.name", "Company|Organization Name|Organization|Organisation", "Firma|Organisation|Unternehmen",
           "Organización|Compañía|Empresa", "公司|单位|组织"},
    Header{"ORG.unit", "Department|Organization Department", "Abteilung", "Departamento", "部门"},
    Header{"TITLE", "Job Title|Organization Title", "Position|Berufsbezeichnung", "Puesto|Cargo", "职务|职位"},
    Header{"ROLE", "Profession|Occupation", "Beruf", "Profesión", "职业"},
    Header{"X-MANAGER", "Manager's Name", "Name des/der Vorgesetzten|Name des/r Vorgesetzten", "Nombre del director",
           "经理姓名"},
    Header{"X-ASSISTANT", "Assistant's Name", "Name Assistent|Assistent(in)", "Nombre del asistente",
           "助理的姓名|助理姓名"},
    Header{"RELATED;TYPE=spouse;VALUE=text", "Spouse", "Partner|Partner/in", "Cónyuge", "配偶"},
    Header{"HOBBY", "Hobby", "Hobby", "Aficiones|Afición", "业余爱好|爱好"},
    Header{"GENDER", "Gender", "Geschlecht", "Género|Sexo", "性别"},
    Header{"BDAY", "Birthday", "Geburtstag|Geburtsdatum", "Cumpleaños|Fecha de nacimiento", "生日|出生日期"},
    Header{"ANNIVERSARY", "Anniversary", "Jahrestag", "Aniversario", "纪念日"},
    Header{"NOTE", "Notes|Note", "Notizen|Notiz", "Notas|Nota", "附注|备注|注释"},
    Header{"PHOTO", "Photo", "Foto", "Foto", "照片"},
    Header{"CATEGORIES", "Labels|Group Membership|Categories", "Kategorien|Gruppen", "Categorías|Etiquetas",
           "类别|分组|标签"},
    Header{"UID", "UID", "", "", ""},

    Header{"EMAIL#1", "E-mail Address|Email|E-mail|Mail", "E-Mail-Adresse",
           "Dirección de correo electrónico|Correo electrónico|Correo", "电子邮件地址|电子邮件|邮箱"},
    Header{"EMAIL#2", "E-mail 2 Address|Email 2", "E-Mail 2: Adresse|E-Mail-Adresse 2",
           "Dirección de correo electrónico 2|Dirección del correo electrónico 2|Correo electrónico 2",
           "电子邮件 2 地址|电子邮件地址 2"},
    Header{"EMAIL#3", "E-mail 3 Address|Email 3", "E-Mail 3: Adresse|E-Mail-Adresse 3",
           "Dirección de correo electrónico 3|Dirección del correo electrónico 3|Correo electrónico 3",
           "电子邮件 3 地址|电子邮件地址 3"},

    Header{"TEL", "Phone|Telephone|Phone Number", "Telefon|Telefonnummer|Rufnummer", "Teléfono|Número de teléfono",
           "电话|电话号码"},
    Header{"TEL;TYPE=home#1", "Home Phone", "Telefon privat|Telefon (privat)",
           "Particular|Teléfono particular|Teléfono de casa", "住宅电话|家庭电话"},
    Header{"TEL;TYPE=home#2", "Home Phone 2", "Telefon privat 2|Telefon (privat 2)",
           "Particular 2|Número de teléfono 2|Teléfono particular 2", "住宅电话 2|家庭电话 2"},
    Header{"TEL;TYPE=work#1", "Business Phone|Work Phone", "Telefon geschäftlich", "Teléfono del trabajo",
           "商务电话|工作电话|办公电话"},
    Header{"TEL;TYPE=work#2", "Business Phone 2", "Telefon geschäftlich 2", "Teléfono del trabajo 2",
           "商务电话 2|工作电话 2"},
    Header{"TEL;TYPE=cell", "Mobile Phone|Mobile|Cell Phone", "Mobiltelefon|Handy|Mobil|Handynummer",
           "Móvil|Teléfono móvil|Celular", "移动电话|手机|手机号码"},
    Header{"TEL;TYPE=car", "Car Phone", "Autotelefon", "Teléfono del automóvil|Teléfono del coche", "车载电话"},
    Header{"TEL;TYPE=other", "Other Phone", "Weiteres Telefon", "Otro teléfono", "其他电话"},
    Header{"TEL;TYPE=main-number", "Primary Phone", "Haupttelefon", "Teléfono principal", "主要电话"},
    Header{"TEL;TYPE=pager", "Pager", "Pager", "Buscapersonas|Localizador", "寻呼机"},
    Header{"TEL;TYPE=work,fax", "Business Fax", "Fax geschäftlich", "Fax del trabajo", "商务传真|工作传真"},
    Header{"TEL;TYPE=home,fax", "Home Fax", "Fax privat", "Fax particular", "住宅传真"},
    Header{"TEL;TYPE=fax", "Other Fax|Fax", "Weiteres Fax|Fax", "Otro fax|Fax", "其他传真|传真"},
    Header{"TEL;TYPE=x-company-main", "Company Main Phone", "Telefon Firma", "Número de centralita de la organización",
           "单位主要电话|公司主要电话"},
    Header{"TEL;TYPE=x-assistant", "Assistant's Phone", "Telefon Assistent", "Teléfono del asistente",
           "助理的电话|助理电话"},
    Header{"TEL;TYPE=x-callback", "Callback", "Rückmeldung", "Devolución de llamada", "回电话|回电"},
    Header{"TEL;TYPE=x-radio", "Radio Phone", "Mobiltelefon 2|Funkruf", "Radioteléfono", "无绳电话|无线电话"},
    Header{"TEL;TYPE=x-telex", "Telex", "Telex", "Télex", "电报|电传"},
    Header{"TEL;TYPE=textphone", "TTY/TDD Phone", "Telefon für Hörbehinderte", "Número de teletipo", "TTY/TDD 电话"},
    Header{"TEL;TYPE=isdn", "ISDN", "ISDN", "ISDN|RDSI", "ISDN"},
    Header{"X-CSV-COLUMN;X-NAME=Office Location", "Office Location", "Büro", "Ubicación de la oficina", "办公地点"},
    Header{"X-CSV-COLUMN;X-NAME=Location", "Location", "Ort", "Ubicación", "地点"},
    Header{"X-CSV-COLUMN;X-NAME=Schools", "Schools", "", "", ""},
    Header{"IMPP", "IMAddress|IM Address", "", "", ""},

    Header{"ADR.formatted", "Address", "Adresse|Anschrift", "Dirección", "地址"},
    Header{"URL", "Web Page|Website", "Webseite|Webseite geschäftlich", "Página web|Sitio web", "网页|网站"},
    Header{"URL;TYPE=home", "Personal Web Page", "Private Webseite|Persönliche Webseite", "Página web personal",
           "个人网页"},
};

// The three addresses of Outlook: what the columns of each begin or end with.
struct AddressHeader {
  std::string_view part;
  std::string_view english;  // after "Business", "Home", "Other"
  std::array<std::string_view, 3> german;
  std::array<std::string_view, 3> spanish;
  std::string_view chinese;  // after "商务地址", "住宅地址", "其他地址"
};
constexpr std::array<std::string_view, 3> kPlaces = {"work", "home", "other"};
constexpr std::array<std::string_view, 3> kEnglishPlaces = {"Business", "Home", "Other"};
constexpr std::array<std::string_view, 3> kChinesePlaces = {"商务地址", "住宅地址", "其他地址"};
constexpr std::array kAddressHeaders = {
    AddressHeader{"street",
                  "Street",
                  {"Straße geschäftlich", "Straße privat", "Weitere Straße"},
                  {"Calle del trabajo", "Calle del domicilio|Calle particular", "Otra calle"},
                  "街道"},
    AddressHeader{"street2",
                  "Street 2",
                  {"Straße geschäftlich 2", "Straße privat 2", "Weitere Straße 2"},
                  {"Calle del trabajo 2", "Calle del domicilio 2|Calle particular 2", "Otra calle 2"},
                  "街道 2"},
    AddressHeader{"street3",
                  "Street 3",
                  {"Straße geschäftlich 3", "Straße privat 3", "Weitere Straße 3"},
                  {"Calle del trabajo 3", "Calle del domicilio 3|Calle particular 3", "Otra calle 3"},
                  "街道 3"},
    AddressHeader{"city",
                  "City",
                  {"Ort geschäftlich", "Ort privat", "Weiterer Ort"},
                  {"Ciudad de trabajo|Ciudad del trabajo", "Ciudad del domicilio|Ciudad particular", "Otra ciudad"},
                  "市/县|城市"},
    AddressHeader{"region",
                  "State",
                  {"Region geschäftlich|Bundesland/Kanton geschäftlich", "Bundesland/Kanton privat|Region privat",
                   "Weiteres/r Bundesland/Kanton"},
                  {"Provincia o estado de trabajo|Provincia o estado del trabajo",
                   "Provincia o estado del domicilio|Provincia o estado particular", "Otra provincia o estado"},
                  "省/市/自治区|省"},
    AddressHeader{
        "code",
        "Postal Code",
        {"Postleitzahl geschäftlich|PLZ geschäftlich", "Postleitzahl privat|PLZ privat", "Weitere Postleitzahl"},
        {"Código postal del trabajo", "Código postal del domicilio|Código postal particular", "Otro código postal"},
        "邮政编码"},
    AddressHeader{"country",
                  "Country/Region|Country",
                  {"Land/Region geschäftlich|Land geschäftlich", "Land/Region privat|Land privat",
                   "Weiteres/e Land/Region|Weiteres Land"},
                  {"País o región del trabajo|País/región del trabajo",
                   "País o región del domicilio|País/región del domicilio", "Otro país o región"},
                  "国家/地区|国家"},
    AddressHeader{"pobox",
                  "Address PO Box|PO Box",
                  {"Postfach geschäftlich", "Postfach privat", "Weiteres Postfach"},
                  {"Apartado postal de la dirección del trabajo", "Apartado postal de la dirección personal",
                   "Otro apartado postal"},
                  "邮箱"},
};

// Google's numbered columns: "Phone 1 - Value".
struct Family {
  std::string_view target;
  std::string_view names;  // of all languages
  bool address;
};
constexpr std::array kFamilies = {
    Family{"EMAIL", "E-mail|Email|Correo|Correo electrónico|电子邮件", false},
    Family{"TEL", "Phone|Telefon|Teléfono|电话", false},
    Family{"ADR", "Address|Adresse|Dirección|地址", true},
    Family{"ORG", "Organization|Organisation|Organización|组织|单位", false},
    Family{"IMPP", "IM|Chat", false},
    Family{"RELATED;VALUE=text", "Relation|Beziehung|Relación|关系", false},
    Family{"URL", "Website|Webseite|Sitio web|网站", false},
    Family{"X-ABDATE", "Event|Ereignis|Evento|活动", false},
    Family{"X-CSV-COLUMN", "Custom Field|Benutzerdefiniertes Feld|Campo personalizado|自定义字段", false},
};
struct FamilyPart {
  std::string_view part;  // empty: the value
  std::string_view names;
};
constexpr std::array kValueParts = {
    FamilyPart{"", "Value|Wert|Valor|值"},
    FamilyPart{".label", "Label|Type|Typ|Bezeichnung|Tipo|Etiqueta|标签|类型"},
    FamilyPart{".service", "Service|Dienst|Servicio|服务"},
};
constexpr std::array kAddressParts = {
    FamilyPart{".label", "Label|Type|Typ|Bezeichnung|Tipo|Etiqueta|标签|类型"},
    FamilyPart{".formatted", "Formatted|Formatiert|Formato|格式化"},
    FamilyPart{".street", "Street|Straße|Calle|街道"},
    FamilyPart{".city", "City|Ort|Stadt|Ciudad|城市"},
    FamilyPart{".pobox", "PO Box|Postfach|Apartado postal|邮政信箱"},
    FamilyPart{".region", "Region|Bundesland|Región|Provincia|省"},
    FamilyPart{".code", "Postal Code|Postleitzahl|Código postal|邮政编码"},
    FamilyPart{".country", "Country|Land|País|国家"},
    FamilyPart{".extended", "Extended Address|Adresszusatz|Dirección ampliada|扩展地址"},
};
constexpr std::array kOrganizationParts = {
    FamilyPart{".name", "Name|Nombre|名称"},
    FamilyPart{".label", "Label|Type|Typ|Tipo|类型"},
    FamilyPart{".unit", "Department|Abteilung|Departamento|部门"},
};

enum class Language { kEnglish = 0, kGerman = 1, kSpanish = 2, kChinese = 3, kSeveral = 4 };
struct Meaning {
  Target target;
  Language language = Language::kSeveral;
};
using Meanings = std::unordered_map<std::string, Meaning>;

Target target_of(std::string_view text) { return parse_target(text).value_or(Target{}); }

template <typename Work>
void each_name(std::string_view names, Work work) {
  while (!names.empty()) {
    const size_t end = std::min(names.find('|'), names.size());
    work(names.substr(0, end));
    names.remove_prefix(std::min(names.size(), end + 1));
  }
}

class MeaningsBuilder {
 public:
  Meanings build() {
    for (const Header& header : kHeaders) {
      const Target target = target_of(header.target);
      add(target, header.english, Language::kEnglish);
      add(target, header.german, Language::kGerman);
      add(target, header.spanish, Language::kSpanish);
      add(target, header.chinese, Language::kChinese);
    }
    for (const AddressHeader& header : kAddressHeaders) {
      for (size_t place = 0; place < kPlaces.size(); ++place) {
        const Target target = target_of(fmt::format("ADR;TYPE={}.{}", kPlaces[place], header.part));
        each_name(header.english, [&](std::string_view name) {
          add(target, fmt::format("{} {}", kEnglishPlaces[place], name), Language::kEnglish);
        });
        add(target, header.german[place], Language::kGerman);
        add(target, header.spanish[place], Language::kSpanish);
        each_name(header.chinese, [&](std::string_view name) {
          add(target, fmt::format("{} {}", kChinesePlaces[place], name), Language::kChinese);
        });
      }
    }
    for (const Family& family : kFamilies) add_family(family);
    return std::move(out_);
  }

 private:
  // The first meaning of a name counts.
  void add(const Target& target, std::string_view names, Language language) {
    each_name(names, [&](std::string_view name) {
      const auto [found, fresh] = out_.emplace(fold_label(name), Meaning{target, language});
      if (!fresh && found->second.language != language) found->second.language = Language::kSeveral;
    });
  }
  // With "#" for the number.
  void add_family(const Family& family) {
    std::span<const FamilyPart> parts = kValueParts;
    if (family.address) parts = kAddressParts;
    if (family.target == "ORG") parts = kOrganizationParts;
    each_name(family.names, [&](std::string_view name) {
      for (const FamilyPart& part : parts) {
        const auto target = parse_target(fmt::format("{}{}", family.target, part.part));
        if (!target) continue;
        each_name(part.names, [&](std::string_view word) {
          out_.emplace(fold_label(name) + '#' + fold_label(word), Meaning{*target, Language::kSeveral});
        });
      }
      if (family.target != "ORG") return;
      out_.emplace(fold_label(name) + "#title", Meaning{target_of("TITLE"), Language::kSeveral});
      out_.emplace(fold_label(name) + "#yominame", Meaning{target_of("X-PHONETIC-ORG"), Language::kSeveral});
    });
  }
  Meanings out_;
};

const Meanings& meanings() {
  static const Meanings kMeanings = MeaningsBuilder().build();
  return kMeanings;
}

std::optional<Meaning> meaning_of(const std::string& folded) {
  if (const auto found = meanings().find(folded); found != meanings().end()) return found->second;
  const size_t digits = folded.find_first_of("0123456789");
  if (digits == std::string::npos || digits == 0) return std::nullopt;
  const size_t end = std::min(folded.find_first_not_of("0123456789", digits), folded.size());
  if (end - digits > 3) return std::nullopt;
  const auto found = meanings().find(folded.substr(0, digits) + '#' + folded.substr(end));
  if (found == meanings().end()) return std::nullopt;
  Meaning out = found->second;
  out.target.number = static_cast<unsigned>(std::stoul(folded.substr(digits, end - digits)));
  return out;
}

}  // namespace

CsvLayout understand_header(const std::vector<std::string>& names, const std::vector<ColumnMapping>& mappings,
                            std::vector<std::string>& unused) {
  CsvLayout out;
  std::unordered_map<std::string, std::pair<Target, bool>> mapped;
  for (const ColumnMapping& mapping : mappings)
    if (const auto target = parse_target(mapping.property))
      mapped.emplace(fold_label(mapping.column), std::pair(*target, false));
  std::array<size_t, 5> votes{};
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string name(trim(names[i]));
    const std::string folded = fold_label(name);
    if (!out.kept && ascii_upper(name) == kKeptColumn) {
      out.kept = i;
      out.columns.add_nothing();
    } else if (const auto own = mapped.find(folded); own != mapped.end()) {
      own->second.second = true;
      ++out.known;
      out.columns.add(own->second.first);
    } else if (auto meaning = meaning_of(folded)) {
      ++out.known;
      ++votes[static_cast<size_t>(meaning->language)];
      out.columns.add(std::move(meaning->target));
    } else {
      Target unknown;
      unknown.name = kCsvColumn;
      unknown.parameters.push_back({std::string(kColumnName), {name.empty() ? fmt::format("{}", i + 1) : name}});
      out.columns.add(std::move(unknown));
    }
  }
  // Outlook leaves some names in English whatever the language, so two of another language decide.
  const auto* const most = std::max_element(votes.begin() + 1, votes.begin() + 4);
  if (*most >= 2)
    out.dates = most - votes.begin() == static_cast<ptrdiff_t>(Language::kChinese) ? DateOrder::kYearFirst
                                                                                   : DateOrder::kDayFirst;
  for (const ColumnMapping& mapping : mappings) {
    const auto found = mapped.find(fold_label(mapping.column));
    if (found == mapped.end() || !found->second.second) unused.push_back(mapping.column);
  }
  return out;
}

namespace {

std::vector<std::string> google_names() {
  std::vector<std::string> out = {"First Name",
                                  "Middle Name",
                                  "Last Name",
                                  "Phonetic First Name",
                                  "Phonetic Middle Name",
                                  "Phonetic Last Name",
                                  "Name Prefix",
                                  "Name Suffix",
                                  "Nickname",
                                  "File As",
                                  "Organization Name",
                                  "Organization Title",
                                  "Organization Department",
                                  "Birthday",
                                  "Notes",
                                  "Photo",
                                  "Labels"};
  const auto numbered = [&](std::string_view family, int count, std::initializer_list<std::string_view> parts) {
    for (int i = 1; i <= count; ++i)
      for (const std::string_view part : parts) out.push_back(fmt::format("{} {} - {}", family, i, part));
  };
  numbered("E-mail", 5, {"Label", "Value"});
  numbered("Phone", 8, {"Label", "Value"});
  numbered("Address", 3,
           {"Label", "Formatted", "Street", "City", "PO Box", "Region", "Postal Code", "Country", "Extended Address"});
  numbered("Relation", 2, {"Label", "Value"});
  numbered("Website", 3, {"Label", "Value"});
  numbered("Event", 2, {"Label", "Value"});
  numbered("Custom Field", 4, {"Label", "Value"});
  out.emplace_back(kKeptColumn);
  return out;
}

std::vector<std::string> outlook_names() {
  return {"First Name",
          "Middle Name",
          "Last Name",
          "Title",
          "Suffix",
          "Nickname",
          "Given Yomi",
          "Surname Yomi",
          "E-mail Address",
          "E-mail 2 Address",
          "E-mail 3 Address",
          "Home Phone",
          "Home Phone 2",
          "Business Phone",
          "Business Phone 2",
          "Mobile Phone",
          "Car Phone",
          "Other Phone",
          "Primary Phone",
          "Pager",
          "Business Fax",
          "Home Fax",
          "Other Fax",
          "Company Main Phone",
          "Callback",
          "Radio Phone",
          "Telex",
          "TTY/TDD Phone",
          "IMAddress",
          "Job Title",
          "Department",
          "Company",
          "Office Location",
          "Manager's Name",
          "Assistant's Name",
          "Assistant's Phone",
          "Company Yomi",
          "Business Street",
          "Business City",
          "Business State",
          "Business Postal Code",
          "Business Country/Region",
          "Home Street",
          "Home City",
          "Home State",
          "Home Postal Code",
          "Home Country/Region",
          "Other Street",
          "Other City",
          "Other State",
          "Other Postal Code",
          "Other Country/Region",
          "Personal Web Page",
          "Spouse",
          "Schools",
          "Hobby",
          "Location",
          "Web Page",
          "Birthday",
          "Anniversary",
          "Notes",
          std::string(kKeptColumn)};
}

}  // namespace

const std::vector<std::string>& header_names(CsvDialect dialect) {
  static const std::vector<std::string> kGoogle = google_names();
  static const std::vector<std::string> kOutlook = outlook_names();
  switch (dialect) {
    case CsvDialect::kGoogle: return kGoogle;
    case CsvDialect::kOutlook: return kOutlook;
  }
  return kGoogle;
}

}  // namespace cardsrv::format
