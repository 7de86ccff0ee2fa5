#include "store/sqlite/dictionary.h"

namespace cardsrv::store::sqlite {
namespace {

// Version 1. What is most frequent stands last, where distances are short.
constexpr std::string_view kFirst =
    "X-SKYPE:X-QQ:X-JABBER:X-MSN:X-TWITTER:X-FACEBOOK:X-LINKEDIN:X-WECHAT:X-ABDATE:X-ABRELATEDNAMES:X-MAIDENNAME:"
    "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;vnd.android.cursor.item/contact_event;;1;;;;;;;;;;;;\r\n"
    "item1.X-ABLABEL:_$!<HomePage>!$_\r\nitem2.X-ABLABEL:_$!<Anniversary>!$_\r\nitem3.X-ABLABEL:_$!<Other>!$_\r\n"
    "X-ABADR:us\r\nX-ABSHOWAS:COMPANY\r\nKIND:individual\r\nKIND:group\r\nMEMBER:urn:uuid:\r\nLANG:en\r\nTZ:\r\n"
    "GEO:geo:\r\nSOUND:\r\nLOGO;MEDIATYPE=image/png:data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA\r\n"
    "PHOTO:data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwg"
    "JC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIy"
    "IMPP;TYPE=home:xmpp:\r\nIMPP;TYPE=work:sip:\r\nIMPP:skype:\r\nRELATED;TYPE=spouse;VALUE=text:\r\n"
    "RELATED;TYPE=child;VALUE=text:\r\nRELATED;TYPE=parent;VALUE=text:\r\nRELATED;TYPE=friend:urn:uuid:\r\n"
    "CALURI:http://\r\nFBURL:http://\r\nURL;TYPE=home:https://www.\r\nURL;TYPE=work:https://www.\r\n"
    "URL:https://www.facebook.com/\r\nURL:https://twitter.com/\r\nURL:https://www.linkedin.com/in/\r\nURL:http://"
    "www.\r\n"
    "CATEGORIES:myContacts,Family,Friends,Coworkers,Work,Starred in Android\r\nCATEGORIES:Friends\r\n"
    "CATEGORIES:Family\r\nGENDER:M\r\nGENDER:F\r\nANNIVERSARY:20\r\nBDAY:19\r\nBDAY;VALUE=date-and-or-time:--\r\n"
    "ROLE:Manager\r\nROLE:Engineer\r\nTITLE:Director\r\nTITLE:Sales Manager\r\nTITLE:Software Engineer\r\n"
    "TITLE:Project Manager\r\nTITLE:Consultant\r\nTITLE:Assistant\r\nTITLE:Dr.\r\nTITLE:CEO\r\n"
    "ORG:University of \r\nORG:Hospital\r\nORG:Bank of \r\nORG: Technologies Pvt. Ltd.\r\nORG: GmbH\r\nORG: & Co. "
    "KG\r\n"
    "ORG: S.A.\r\nORG: S.r.l.\r\nORG: Ltda.\r\nORG: Limited;Sales\r\nORG: Corporation\r\nORG: Company;Marketing\r\n"
    "ORG:Acme Inc.;Engineering\r\nORG: Ltd.\r\nORG: LLC\r\nORG: Group\r\nORG: International\r\nORG: Services\r\n"
    "NOTE:Met at the conference\\nCall back\\, please\\; thanks\r\nNICKNAME:\r\nREV:20\r\nPRODID:-//\r\n"
    "ADR;TYPE=home:;;1 Main Street;Springfield;IL;62701;United States\r\n"
    "ADR;TYPE=work:;;Hauptstra\xc3\x9f"
    "e 1;Berlin;;10115;Germany\r\n"
    "ADR;TYPE=work:;;Avenue de la R\xc3\xa9publique;Paris;;75001;France\r\n"
    "ADR;TYPE=home:;;High Street;London;;SW1A 1AA;United Kingdom\r\n"
    "ADR;TYPE=home:;;Zhongshan Road;Shanghai;;200000;China\r\nADR;TYPE=work;LABEL=\"\":;;;;;;\r\n"
    ";New York;NY;;Los Angeles;CA;;San Francisco;Chicago;Houston;TX;;Toronto;ON;;Canada;Sydney;NSW;;Australia;"
    "M\xc3\xbcnchen;Hamburg;K\xc3\xb6ln;Frankfurt;Madrid;Barcelona;Espa\xc3\xb1"
    "a;Roma;Milano;Italia;S\xc3\xa3o Paulo;Brasil;"
    "Mumbai;Delhi;Bangalore;India;Tokyo;Japan;Beijing;Shenzhen;Guangzhou;Hong Kong;Singapore;Moscow;Russia;"
    "Mexico;Lagos;Nairobi;Cairo;Istanbul;Warszawa;Praha;Wien;Z\xc3\xbcrich;Amsterdam;Stockholm;Oslo;K\xc3\xb8"
    "benhavn\r\n"
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson "
    "Anderson "
    "Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker "
    "Young "
    "Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter "
    "Roberts M\xc3\xbcller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Rossi Russo Ferrari "
    "Bianchi "
    "Dubois Durand Leroy Moreau Silva Santos Oliveira Souza Pereira Ivanov Petrov Novak Kowalski Hansen Johansson "
    "Singh "
    "Kumar Sharma Patel Gupta Khan Ahmed Ali Hussain Mohammed Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Kim Park "
    "Tanaka Suzuki Sato Watanabe Yamamoto \xe7\x8e\x8b \xe6\x9d\x8e \xe5\xbc\xa0 \xe5\x88\x98 \xe9\x99\x88 "
    "\xe6\x9d\xa8 "
    "\xe9\xbb\x84 \xe8\xb5\xb5 \xe5\x91\xa8 \xe5\x90\xb4 \xe5\xbe\x90 \xe5\xad\x99 \xe4\xbc\x9f \xe8\x8a\xb3 "
    "\xe5\xa8\x9c "
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph "
    "Jessica "
    "Sarah Charles Karen Christopher Lisa Daniel Nancy Matthew Betty Anthony Sandra Mark Margaret Donald Ashley Steven "
    "Andrew Emily Paul Joshua Michelle Kenneth Kevin Amanda Brian Melissa George Laura Peter Anna Maria Jos\xc3\xa9 "
    "Juan "
    "Carlos Luis Ana Carmen Hans Klaus Stefan Andreas Julia Sophie Pierre Jean Marie Claire Marco Giulia Luca Ahmed "
    "Fatima Omar Aisha Wei Fang Min Jing Hiroshi Yuki Olga Ivan Sergey Elena Natalia Alexander Alex Sam Max Tom Ben "
    "Eva "
    "EMAIL;TYPE=work:info@\r\nEMAIL;TYPE=home:@yahoo.com\r\nEMAIL:@hotmail.com\r\nEMAIL:@outlook.com\r\n"
    "EMAIL:@icloud.com\r\nEMAIL:@qq.com\r\nEMAIL:@163.com\r\nEMAIL:@web.de\r\nEMAIL:@gmx.de\r\nEMAIL:@example.org\r\n"
    "EMAIL;TYPE=work:@example.com\r\nEMAIL;TYPE=home:@gmail.com\r\nEMAIL:@gmail.com\r\n"
    "TEL;TYPE=pager:\r\nTEL;TYPE=\"voice,work\":\r\nTEL;VALUE=uri;TYPE=\"cell,voice\":tel:+1\r\nTEL;TYPE=fax,work:+49 "
    "\r\n"
    "TEL;TYPE=home,voice:+44 20 \r\nTEL;TYPE=cell,voice;PREF=1:+1 "
    "\r\nTEL;TYPE=main:\r\nTEL;TYPE=other:\r\nTEL;TYPE=fax:\r\n"
    "TEL;TYPE=work:+33 \r\nTEL;TYPE=home:(\r\nTEL;PREF=1:+\r\nTEL;TYPE=cell:+91 \r\nTEL;TYPE=cell:0\r\nTEL:+86 1\r\n"
    "\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:\r\nFN:\r\nN:;;;;\r\nN:;;;\r\n"
    "TEL;TYPE=work:+1\r\nEMAIL;TYPE=home:\r\nTEL;TYPE=home:+\r\nORG:\r\nTEL;TYPE=cell:+86\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:\r\nN:;;;\r\nTEL;TYPE=cell:+\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:4.0\r\nFN:";

}  // namespace

std::optional<std::string_view> dictionary(std::uint32_t version) {
  if (version == 0) return std::string_view();
  if (version == 1) return kFirst;
  return std::nullopt;
}

}  // namespace cardsrv::store::sqlite
