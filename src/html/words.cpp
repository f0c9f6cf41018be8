#include "html/words.hpp"

namespace assay::html {
namespace {

// clang-format off: lines are languages
constexpr std::string_view allow_list[] = {
    "allow", "allowed", "authori*", "approv*", "accept*", "consent*", "grant*", "agree*", "permit*", "yes",     // English
    "ja", "erlaub*", "zulass*", "zustimm*", "akzept*", "genehmig*", "gestatt*", "einverstanden", "autori*",     // German
    "oui", "accord*", "permet*", "sí", "acept*", "conced*", "sim", "aceit*", "sì", "accett*", "acconsent*",     // Romance
    "toestaan", "akkoord", "toestemm*", "godkänn*", "tillåt*", "godkend*", "tillad*", "godta*", "tillat*",      // Nordic
    "salli", "hyväksy*", "zezwól", "zezwalaj", "akceptuj*", "zatwierdź", "povolit", "souhlas*", "engedélyez*",
    "elfogad*", "izin ver", "onayla", "kabul et",
    "разреш*", "Разреш*", "принять", "Принять", "соглас*", "Соглас*", "дозволити", "Дозволити",
    "允许", "允許", "同意", "授权", "授權", "許可", "承認", "허용", "동의", "승인",
};

constexpr std::string_view proceed_list[] = {
    "continue", "proceed", "next", "submit", "ok", "okay", "confirm*", "login", "log in", "log on", "logon", "signin",
    "sign in", "sign-in", "sign on", "log-in", "connect", "enter", "go", "send", "verify",
    "weiter*", "fortfahren", "bestätig*", "anmeld*", "einlogg*", "login*", "senden", "absenden",
    "continuer", "suivant", "connexion", "connecter", "valider", "envoyer", "continuar", "siguiente", "iniciar",
    "entrar", "acceder", "ingresar", "avançar", "seguinte", "continua", "avanti", "accedi", "conferm*", "entra",
    "doorgaan", "volgende", "aanmelden", "inloggen", "bevestig*", "logga in", "fortsätt", "fortsett", "fortsæt", "log ind",
    "logg inn", "jatka", "kirjaudu", "zaloguj", "dalej", "kontynuuj", "přihlásit", "pokračovat", "bejelentkezés", "tovább",
    "giriş yap", "devam",
    "войти", "Войти", "вход", "Вход", "продолж*", "Продолж*", "подтверд*", "Подтверд*", "увійти", "Увійти",
    "登录", "登錄", "登入", "继续", "繼續", "確認", "确认", "確定", "确定", "続行", "次へ", "ログイン", "로그인", "계속", "다음", "확인",
};

constexpr std::string_view deny_list[] = {
    "deny", "denied", "cancel*", "reject*", "refuse", "decline", "disallow*", "abort", "no", "not", "don't", "dont", "never",
    "back", "close", "exit", "leave", "quit", "logout", "log out", "log-out", "log off", "logoff", "signout", "sign out",
    "sign-out", "switch", "change", "another", "different", "register", "registration", "signup", "sign up", "sign-up",
    "create", "forgot*", "reset", "help", "delete", "remove", "revoke", "retry", "again", "search", "subscribe", "cookie*",
    "nein", "nicht", "abbrechen", "abbruch", "ablehn*", "verweiger*", "zurück*", "abmeld*", "schließen", "registrier*", "suche*",
    "vergessen", "non", "ne pas", "annul*", "refus*", "retour", "fermer", "déconn*", "rechaz*", "denegar", "negar", "volver",
    "cerrar", "recus*", "voltar", "fechar", "sair", "rifiut*", "nega", "indietro", "chiudi", "esci", "weiger*", "nee", "terug",
    "afmelden", "uitloggen", "avbryt*", "neka", "nej", "nei", "avslå", "tilbage", "tilbake", "tillbaka", "logga ut", "peruuta",
    "hylkää", "odrzuć", "anuluj", "wyloguj", "zrušit", "odmítnout", "mégse", "elutasít*", "iptal", "reddet",
    "отмен*", "Отмен*", "отклон*", "Отклон*", "запрет*", "Запрет*", "нет", "Нет", "назад", "Назад", "выйти", "Выйти",
    "取消", "拒否", "拒绝", "拒絕", "キャンセル", "戻る", "返回", "취소", "거부", "不允许", "不同意",
};

constexpr std::string_view provider_list[] = {
    "with", "via", "using", "mit", "avec", "con", "met", "google", "github", "gitlab", "facebook", "apple", "microsoft",
    "linkedin", "twitter", "passkey", "passkeys", "webauthn", "sso", "saml", "passwordless", "code", "qr",
};
// clang-format on

bool is_word_byte(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u >= 0x80 || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9') || c == '\'' ||
         c == '_';
}

// Chinese, Japanese and Korean (lead bytes of U+3000 and above): no blanks between words.
bool is_unspaced(std::string_view word) { return static_cast<unsigned char>(word.front()) >= 0xE3; }

bool holds(std::string_view label, std::string_view word) {
  const bool stem = word.ends_with('*');
  if (stem) word.remove_suffix(1);
  const bool anywhere = is_unspaced(word);
  for (auto at = label.find(word); at != std::string_view::npos; at = label.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool begins = at == 0 || !is_word_byte(label[at - 1]);
    const bool ends = stem || end == label.size() || !is_word_byte(label[end]);
    if (anywhere || (begins && ends)) return true;
  }
  return false;
}

}  // namespace

std::span<const std::string_view> allow_words() { return allow_list; }
std::span<const std::string_view> proceed_words() { return proceed_list; }
std::span<const std::string_view> deny_words() { return deny_list; }
std::span<const std::string_view> provider_words() { return provider_list; }

bool holds_word(std::string_view label, std::span<const std::string_view> words) {
  for (const auto word : words)
    if (holds(label, word)) return true;
  return false;
}

}  // namespace assay::html
