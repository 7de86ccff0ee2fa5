// KContacts as a program, for kcontacts_test.py: people as JSON (the facts of contacts.py) into a vCard, and back.
//   kcontacts-peer write 2.1|3.0|4.0 <people.json >cards.vcf
//   kcontacts-peer read <cards.vcf >people.json

#include <KContacts/Addressee>
#include <KContacts/VCardConverter>
#include <QDate>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUrl>
#include <cstdio>

namespace {

using namespace KContacts;

// What of an item with types is which: {"home", …} and the library's flag.
template <class Flag>
struct Type {
  const char* name;
  Flag flag;
};
constexpr Type<PhoneNumber::TypeFlag> kPhoneTypes[] = {
    {"home", PhoneNumber::Home}, {"work", PhoneNumber::Work}, {"cell", PhoneNumber::Cell}, {"fax", PhoneNumber::Fax}};
constexpr Type<Email::TypeFlag> kEmailTypes[] = {{"home", Email::Home}, {"work", Email::Work}};
constexpr Type<Address::TypeFlag> kAddressTypes[] = {{"home", Address::Home}, {"work", Address::Work}};

template <class Flags, class Table>
Flags flags_of(const QJsonValue& names, const Table& table) {
  Flags flags;
  for (const auto& type : table)
    if (names.toArray().contains(QLatin1String(type.name))) flags |= type.flag;
  return flags;
}

template <class Flags, class Table>
QJsonArray names_of(const Flags& flags, const Table& table) {
  QJsonArray names;
  for (const auto& type : table)
    if (flags.testFlag(type.flag)) names.append(QLatin1String(type.name));
  return names;
}

QString text(const QJsonObject& person, const char* name) { return person[QLatin1String(name)].toString(); }

QJsonArray list(const QJsonObject& person, const char* name) { return person[QLatin1String(name)].toArray(); }

Address address_of(const QJsonArray& item) {
  Address address(flags_of<Address::Type>(item[0], kAddressTypes));
  const QJsonArray parts = item[1].toArray();
  address.setPostOfficeBox(parts[0].toString());
  address.setExtended(parts[1].toString());
  address.setStreet(parts[2].toString());
  address.setLocality(parts[3].toString());
  address.setRegion(parts[4].toString());
  address.setPostalCode(parts[5].toString());
  address.setCountry(parts[6].toString());
  return address;
}

Addressee addressee_of(const QJsonObject& person) {
  Addressee one;
  one.setFormattedName(text(person, "fn"));
  const QJsonArray n = list(person, "n");
  one.setFamilyName(n[0].toString());
  one.setGivenName(n[1].toString());
  one.setAdditionalName(n[2].toString());
  one.setPrefix(n[3].toString());
  one.setSuffix(n[4].toString());
  for (const QJsonValue& item : list(person, "tels"))
    one.insertPhoneNumber(
        PhoneNumber(item.toArray()[1].toString(), flags_of<PhoneNumber::Type>(item.toArray()[0], kPhoneTypes)));
  for (const QJsonValue& item : list(person, "emails")) {
    Email email(item.toArray()[1].toString());
    email.setType(flags_of<Email::Type>(item.toArray()[0], kEmailTypes));
    one.addEmail(email);
  }
  for (const QJsonValue& item : list(person, "adr")) one.insertAddress(address_of(item.toArray()));
  if (person.contains(QLatin1String("nickname"))) one.setNickName(text(person, "nickname"));
  if (person.contains(QLatin1String("title"))) one.setTitle(text(person, "title"));
  if (person.contains(QLatin1String("note"))) one.setNote(text(person, "note"));
  if (const QJsonArray org = list(person, "org"); !org.isEmpty()) {
    one.setOrganization(org[0].toString());
    one.setDepartment(org[1].toString());
  }
  if (person.contains(QLatin1String("bday"))) one.setBirthday(QDate::fromString(text(person, "bday"), Qt::ISODate));
  for (const QJsonValue& category : list(person, "categories")) one.insertCategory(category.toString());
  for (const QJsonValue& url : list(person, "urls")) one.setUrl(QUrl(url.toString()));
  for (const QJsonValue& item : list(person, "im"))
    one.insertImpp(Impp(QUrl(item.toArray()[0].toString() + QLatin1Char(':') + item.toArray()[1].toString())));
  if (person.contains(QLatin1String("photo"))) {
    Picture photo;
    photo.setRawData(QByteArray::fromHex(text(person, "photo").toLatin1()), QStringLiteral("png"));
    one.setPhoto(photo);
  }
  return one;
}

QJsonObject person_of(const Addressee& one) {
  QJsonObject person{{QStringLiteral("fn"), one.formattedName()},
                     {QStringLiteral("n"),
                      QJsonArray{one.familyName(), one.givenName(), one.additionalName(), one.prefix(), one.suffix()}},
                     {QStringLiteral("nickname"), one.nickName()},
                     {QStringLiteral("title"), one.title()},
                     {QStringLiteral("note"), one.note()},
                     {QStringLiteral("categories"), QJsonArray::fromStringList(one.categories())}};
  QJsonArray tels, emails, addresses, urls, im, org;
  for (const PhoneNumber& phone : one.phoneNumbers())
    tels.append(QJsonArray{names_of(phone.type(), kPhoneTypes), phone.number()});
  for (const Email& email : one.emailList())
    emails.append(QJsonArray{names_of(email.type(), kEmailTypes), email.mail()});
  for (const Address& a : one.addresses())
    addresses.append(QJsonArray{names_of(a.type(), kAddressTypes),
                                QJsonArray{a.postOfficeBox(), a.extended(), a.street(), a.locality(), a.region(),
                                           a.postalCode(), a.country()}});
  if (one.url().isValid()) urls.append(one.url().url().toString());
  for (const Impp& impp : one.imppList()) im.append(QJsonArray{impp.serviceType(), impp.address().path()});
  for (const QString& part : {one.organization(), one.department()})
    if (!part.isEmpty()) org.append(part);
  person[QStringLiteral("tels")] = tels;
  person[QStringLiteral("emails")] = emails;
  person[QStringLiteral("adr")] = addresses;
  person[QStringLiteral("urls")] = urls;
  person[QStringLiteral("im")] = im;
  person[QStringLiteral("org")] = org;
  if (one.birthday().isValid()) person[QStringLiteral("bday")] = one.birthday().date().toString(Qt::ISODate);
  if (!one.photo().isEmpty()) person[QStringLiteral("photo")] = QString::fromLatin1(one.photo().rawData().toHex());
  return person;
}

}  // namespace

int main(int argc, char** argv) {
  const QByteArray verb = argc > 1 ? argv[1] : "";
  const QByteArray version = argc > 2 ? argv[2] : "";
  QFile in, out;
  if (!in.open(stdin, QIODevice::ReadOnly) || !out.open(stdout, QIODevice::WriteOnly)) return 1;
  if (verb == "read") {
    QJsonArray people;
    for (const Addressee& one : VCardConverter().parseVCards(in.readAll())) people.append(person_of(one));
    out.write(QJsonDocument(people).toJson());
    return 0;
  }
  if (verb != "write" || (version != "2.1" && version != "3.0" && version != "4.0")) {
    std::fputs("usage: kcontacts-peer write 2.1|3.0|4.0 | read\n", stderr);
    return 2;
  }
  Addressee::List people;
  for (const QJsonValue& person : QJsonDocument::fromJson(in.readAll()).array())
    people.append(addressee_of(person.toObject()));
  const auto form = version == "2.1"   ? VCardConverter::v2_1
                    : version == "3.0" ? VCardConverter::v3_0
                                       : VCardConverter::v4_0;
  out.write(VCardConverter().createVCards(people, form));
  return 0;
}
