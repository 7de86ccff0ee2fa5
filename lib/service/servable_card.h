#pragma once
// A peer's card as an address book server can hand it on. Radicale answers 500 for a whole collection as soon as one
// card in it cannot be read and written by its parser (vobject), so that whatever a peer publishes must not get there.
// Not for: the card as cardsrv keeps it, or gives it to a device: those are whole.

#include "card/card.h"

namespace cardsrv::service {

// The same card, in which
// - N stands once, as vCard 3.0 has it (RFC 2426 §3.1.2); a further one (RFC 6350 §5.4: another language) is X-N;
// - base64 in a data: URI is whole groups of four characters, cut or filled up where the peer's was not (RFC 4648 §4);
// - there is no control character, which neither a card (RFC 6350 §3.3) nor the XML of CardDAV may hold.
[[nodiscard]] card::Card servable(card::Card card);

}  // namespace cardsrv::service
