#include "format/ldif_attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "format/ldif.h"
#include "format/media_types.h"

namespace cardsrv::format {
namespace {

struct Attribute {
  std::string_view name;
  std::string_view target;
  std::string_view others;  // "|" between
};

// In the order in which they are written. Of repeated names the first column takes the first value.
constexpr std::array kAttributes = {
    Attribute{"cn", "FN", "displayname|commonname"},
    Attribute{"sn", "N.family", "surname"},
    Attribute{"givenName", "N.given", "gn"},
    Attribute{"mozillaNickname", "NICKNAME", "xmozillanickname|nickname"},
    Attribute{"mail", "EMAIL#1", "rfc822mailbox|email"},
    Attribute{"mozillaSecondEmail", "EMAIL#2", "xmozillasecondemail"},
    Attribute{"mail", "EMAIL#3", ""},
    Attribute{"mail", "EMAIL#4", ""},
    Attribute{"mail", "EMAIL#5", ""},
    Attribute{"telephoneNumber", "TEL;TYPE=work#1", "workphone"},
    Attribute{"telephoneNumber", "TEL;TYPE=work#2", ""},
    Attribute{"telephoneNumber", "TEL;TYPE=work#3", ""},
    Attribute{"homePhone", "TEL;TYPE=home#1", "hometelephonenumber"},
    Attribute{"homePhone", "TEL;TYPE=home#2", ""},
    Attribute{"homePhone", "TEL;TYPE=home#3", ""},
    Attribute{"mobile", "TEL;TYPE=cell#1", "cellphone|mobiletelephonenumber"},
    Attribute{"mobile", "TEL;TYPE=cell#2", ""},
    Attribute{"mobile", "TEL;TYPE=cell#3", ""},
    Attribute{"pager", "TEL;TYPE=pager#1", "pagerphone|pagertelephonenumber"},
    Attribute{"pager", "TEL;TYPE=pager#2", ""},
    Attribute{"facsimileTelephoneNumber", "TEL;TYPE=fax#1", "fax"},
    Attribute{"facsimileTelephoneNumber", "TEL;TYPE=fax#2", ""},
    Attribute{"o", "ORG.name", "organizationname|company"},
    Attribute{"ou", "ORG.unit", "department|orgunit|organizationalunitname"},
    Attribute{"title", "TITLE", ""},
    Attribute{"street", "ADR;TYPE=work.street", "streetaddress"},
    Attribute{"mozillaWorkStreet2", "ADR;TYPE=work.street2", ""},
    Attribute{"postOfficeBox", "ADR;TYPE=work.pobox", ""},
    Attribute{"l", "ADR;TYPE=work.city", "locality|localityname"},
    Attribute{"st", "ADR;TYPE=work.region", "region|stateorprovincename"},
    Attribute{"postalCode", "ADR;TYPE=work.code", "zip"},
    Attribute{"c", "ADR;TYPE=work.country", "co|countryname|friendlycountryname"},
    Attribute{"postalAddress", "ADR;TYPE=work.formatted", ""},
    Attribute{"mozillaHomeStreet", "ADR;TYPE=home.street", ""},
    Attribute{"mozillaHomeStreet2", "ADR;TYPE=home.street2", ""},
    Attribute{"mozillaHomeLocalityName", "ADR;TYPE=home.city", ""},
    Attribute{"mozillaHomeState", "ADR;TYPE=home.region", ""},
    Attribute{"mozillaHomePostalCode", "ADR;TYPE=home.code", ""},
    Attribute{"mozillaHomeCountryName", "ADR;TYPE=home.country", ""},
    Attribute{"homePostalAddress", "ADR;TYPE=home.formatted", ""},
    Attribute{"mozillaWorkUrl", "URL;TYPE=work", "workurl"},
    Attribute{"mozillaHomeUrl", "URL;TYPE=home", "homeurl"},
    Attribute{"labeledURI", "URL#3", "labeledurl"},
    Attribute{"", "URL#3.label", ""},  // of labeledURI, after the address (RFC 2079)
    Attribute{"birthyear", "BDAY.year", ""},
    Attribute{"birthmonth", "BDAY.month", ""},
    Attribute{"birthday", "BDAY.day", ""},
    Attribute{"description", "NOTE", "notes"},
    Attribute{"preferredLanguage", "LANG", ""},
    Attribute{"mozillaCustom1", "X-CUSTOM1", "custom1"},
    Attribute{"mozillaCustom2", "X-CUSTOM2", "custom2"},
    Attribute{"mozillaCustom3", "X-CUSTOM3", "custom3"},
    Attribute{"mozillaCustom4", "X-CUSTOM4", "custom4"},
    Attribute{"nsAIMid", "X-AIM", "mozilla_aimscreenname"},
    Attribute{"uid", "UID", "userid|entryuuid"},
    Attribute{"jpegPhoto", "PHOTO", ""},
};

// Their numbers are names as well (RFC 4512 §2.5).
constexpr std::array<std::string_view, 16> kSecrets = {"userpassword",
                                                       "2.5.4.35",
                                                       "authpassword",
                                                       "1.3.6.1.4.1.4203.1.3.4",
                                                       "userpkcs12",
                                                       "2.16.840.1.113730.3.1.216",
                                                       "sambantpassword",
                                                       "sambalmpassword",
                                                       "sambapasswordhistory",
                                                       "krbprincipalkey",
                                                       "unicodepwd",
                                                       "ntpassword",
                                                       "lmpassword",
                                                       "cleartextpassword",
                                                       "olcrootpw",
                                                       "pwdhistory"};

LdifLayout make_layout() {
  LdifLayout out;
  for (const Attribute& attribute : kAttributes) {
    const size_t column = out.columns.size();
    out.columns.add(parse_target(attribute.target).value_or(Target{}));
    out.names.push_back(attribute.name);
    if (!attribute.name.empty()) out.by_name[ascii_lower(attribute.name)].push_back(column);
    for (std::string_view others = attribute.others; !others.empty();) {
      const size_t end = std::min(others.find('|'), others.size());
      out.by_other_name[std::string(others.substr(0, end))].push_back(column);
      others.remove_prefix(std::min(others.size(), end + 1));
    }
  }
  return out;
}

// RFC 4514 §2.4.
void append_dn_value(std::string_view value, std::string& out) {
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool end = (i == 0 && (c == ' ' || c == '#')) || (i + 1 == value.size() && c == ' ');
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\{:02X}", static_cast<unsigned char>(c));
      continue;
    }
    if (end || std::string_view("\"+,;<>\\=").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

}  // namespace

const LdifLayout& ldif_layout() {
  static const LdifLayout kLayout = make_layout();
  return kLayout;
}

Table ldif_table() { return {ldif_layout().columns, {DateOrder::kYearFirst, false}, "work"}; }

bool attribute_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == ';' ||
           c == '.' || c == '_';
  });
}

bool holds_secret(std::string_view name) {
  const std::string lower = ascii_lower(trim(name.substr(0, name.find(';'))));
  return std::find(kSecrets.begin(), kSecrets.end(), lower) != kSecrets.end();
}

const std::vector<std::string_view>& ldif_classes() {
  static const std::vector<std::string_view> kClasses = {"top", "person", "organizationalPerson", "inetOrgPerson",
                                                         "mozillaAbPersonAlpha"};
  return kClasses;
}

std::string made_dn(const Cells& cells) {
  static const size_t kName = ldif_layout().by_name.at("cn").front();
  static const size_t kMail = ldif_layout().by_name.at("mail").front();
  std::string out;
  const std::string_view name = trim(cells[kName]);
  const std::string_view mail = trim(cells[kMail]);
  if (!name.empty() || mail.empty()) {
    out += "cn=";
    append_dn_value(name.empty() ? std::string_view("unnamed") : name, out);
  }
  if (mail.empty()) return out;
  out += out.empty() ? "mail=" : ",mail=";
  append_dn_value(mail, out);
  return out;
}

card::Property ldif_property(std::string_view name, const LdifValue& value) {
  card::Property property{{}, std::string(kLdifAttribute), {{std::string(kColumnName), {std::string(name)}}}, {}};
  if (!value.binary) {
    property.value = card::escape_text(value.text);
    return property;
  }
  std::string_view media = sniff_base64(value.text);
  if (media.empty()) media = "application/octet-stream";
  property.value = fmt::format("data:{};base64,{}", media, value.text);
  return property;
}

}  // namespace cardsrv::format
