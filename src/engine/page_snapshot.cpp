#include "engine/page_snapshot.hpp"

#include <nlohmann/json.hpp>

#include "engine/webdriver.hpp"

namespace assay::engine {
namespace {

using nlohmann::json;

// Goes into open shadow roots, because login pages are made of web components too. Controls without a form are taken for one
// form; what needs a submit button there is content with any. Values of password fields stay in the browser.
constexpr std::string_view kScript = R"js(
const selectors = arguments[0];
const text = (e) => ((e && e.innerText) || '').replace(/\s+/g, ' ').trim().slice(0, 200);
const seen = (e) => {
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  return box.width > 0 && box.height > 0 && style.visibility === 'visible' && box.right + scrollX > 0 && box.bottom + scrollY > 0;
};
const everything = [];
const collect = (root) => {
  for (const e of root.querySelectorAll('*')) {
    if (everything.length >= 20000) return;
    everything.push(e);
    if (e.shadowRoot) collect(e.shadowRoot);
  }
};
collect(document);
const labelled = (e) => {
  const ids = (e.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean);
  return [...(e.labels || [])].map(text).join(' ') || e.getAttribute('aria-label') ||
      ids.map((id) => text(e.getRootNode().getElementById && e.getRootNode().getElementById(id))).join(' ').trim();
};
const forms = [], places = new Map();
const form_of = (e) => {
  const form = e.form || e.closest('form');
  if (!places.has(form)) {
    places.set(form, forms.length);
    const written = (name) => (form && form.getAttribute(name)) || '';  // form.id may be a field of that name
    forms.push({id: written('id'), action: written('action'), method: written('method').toLowerCase() || 'get', real: !!form,
                enctype: written('enctype').toLowerCase(), role: written('role').toLowerCase(), fields: [], buttons: []});
  }
  return forms[places.get(form)];
};
for (const e of everything) {
  const tag = e.localName, type = tag === 'input' || tag === 'button' ? e.type : tag;
  const presses = tag === 'button' || (tag === 'input' && ['submit', 'image', 'button'].includes(type)) ||
      (e.getAttribute('role') === 'button' && tag !== 'input');
  const takes = tag === 'select' || tag === 'textarea' || (tag === 'input' && !presses && type !== 'reset' && type !== 'file');
  if (presses) {
    if (!seen(e) || type === 'reset') continue;
    const form = form_of(e);
    form.buttons.push({element: e, name: e.getAttribute('name') || '', value: e.getAttribute('value') || '',
                       label: text(e) || (tag === 'input' && e.value) || e.getAttribute('aria-label') || e.title || e.getAttribute('alt') || '',
                       submits: form.real && (type === 'submit' || type === 'image'), image: type === 'image',
                       disabled: !!e.disabled || e.getAttribute('aria-disabled') === 'true',
                       formaction: e.getAttribute('formaction'), before: form.fields.length});
  } else if (takes) {
    const ticks = type === 'checkbox' || type === 'radio';
    const shown = seen(e) || (ticks && [...(e.labels || [])].some(seen));
    if (!shown && type === 'password') continue;
    const form = form_of(e);
    form.fields.push({element: e, name: e.name || e.id || 'field-' + form.fields.length, type, id: e.id,
                      value: type === 'password' ? '' : String(e.value), checked: !!e.checked, disabled: e.matches(':disabled'),
                      readonly: !!e.readOnly, required: !!e.required || e.getAttribute('aria-required') === 'true', hidden: !shown,
                      autocomplete: (e.getAttribute('autocomplete') || '').toLowerCase(),
                      label: labelled(e) || e.getAttribute('placeholder') || ''});
  }
}
const picked = {};
for (const [name, selector] of Object.entries(selectors)) {
  if (!selector) continue;
  picked[name] = everything.find((e) => e.matches(selector) && seen(e)) || null;
}
return {url: location.href, ready: document.readyState, document: String(performance.timeOrigin), title: document.title.slice(0, 300),
        text: text(document.body) && document.body.innerText.replace(/\s+/g, ' ').trim().slice(0, 400), scripts: document.scripts.length,
        captcha: everything.some((e) => e.matches('iframe[src*="captcha" i], .g-recaptcha, .h-captcha, .cf-turnstile')),
        forms, picked};
)js";

std::string text_of(const json& node, const char* name) {
  const auto found = node.find(name);
  return found != node.end() && found->is_string() ? found->get<std::string>() : "";
}
bool flag_of(const json& node, const char* name) {
  const auto found = node.find(name);
  return found != node.end() && found->is_boolean() && found->get<bool>();
}
std::size_t count_of(const json& node, const char* name) {
  const auto found = node.find(name);
  return found != node.end() && found->is_number_unsigned() ? found->get<std::size_t>() : 0;
}
std::string element_of(const json& node, const char* name) {
  const auto found = node.find(name);
  return found != node.end() ? WebDriver::element_in(*found) : "";
}
const json& list_of(const json& node, const char* name) {
  static const json nothing = json::array();
  const auto found = node.find(name);
  return found != node.end() && found->is_array() ? *found : nothing;
}

html::Field field_of(const json& node) {
  html::Field out;
  out.name = text_of(node, "name");
  out.value = text_of(node, "value");
  out.type = text_of(node, "type");
  if (out.type == "select-one" || out.type == "select-multiple") out.type = "select";
  out.id = text_of(node, "id");
  out.autocomplete = text_of(node, "autocomplete");
  out.label = text_of(node, "label");
  out.checked = flag_of(node, "checked");
  out.disabled = flag_of(node, "disabled");
  out.readonly = flag_of(node, "readonly");
  out.required = flag_of(node, "required");
  out.hidden = flag_of(node, "hidden") && out.type != "hidden";
  return out;
}

html::Button button_of(const json& node) {
  html::Button out;
  out.name = text_of(node, "name");
  out.value = text_of(node, "value");
  out.label = text_of(node, "label");
  out.image = flag_of(node, "image");
  out.disabled = flag_of(node, "disabled");
  if (auto action = text_of(node, "formaction"); !action.empty()) out.formaction = std::move(action);
  out.before = count_of(node, "before");
  return out;
}

}  // namespace

std::string_view snapshot_script() { return kScript; }

json snapshot_arguments(const PageSelectors& selectors) {
  return json::array({{{"user", selectors.user},
                       {"password", selectors.password},
                       {"submit", selectors.submit},
                       {"consent", selectors.consent}}});
}

std::optional<PageSnapshot> read_snapshot(const json& value) {
  if (!value.is_object() || !value.contains("forms")) return std::nullopt;
  PageSnapshot out;
  out.url = text_of(value, "url");
  out.complete = text_of(value, "ready") == "complete";
  out.document = text_of(value, "document");
  out.captcha = flag_of(value, "captcha");
  out.page.title = text_of(value, "title");
  out.page.text = text_of(value, "text");
  out.page.scripts = count_of(value, "scripts");
  for (const auto& node : list_of(value, "forms")) {
    html::Form form;
    PageSnapshot::Elements elements;
    form.id = text_of(node, "id");
    form.action = text_of(node, "action");
    form.method = text_of(node, "method");
    form.enctype = text_of(node, "enctype");
    form.role = text_of(node, "role");
    for (const auto& field : list_of(node, "fields")) {
      form.fields.push_back(field_of(field));
      elements.fields.push_back(element_of(field, "element"));
    }
    // Buttons that only scripts give a meaning count where no other can be pressed.
    const auto& buttons = list_of(node, "buttons");
    bool submits = false;
    for (const auto& button : buttons) submits = submits || flag_of(button, "submits");
    for (const auto& button : buttons) {
      if (submits && !flag_of(button, "submits")) continue;
      form.buttons.push_back(button_of(button));
      elements.buttons.push_back(element_of(button, "element"));
    }
    out.page.forms.push_back(std::move(form));
    out.elements.push_back(std::move(elements));
  }
  if (const auto picked = value.find("picked"); picked != value.end() && picked->is_object())
    out.selected = {element_of(*picked, "user"), element_of(*picked, "password"), element_of(*picked, "submit"),
                    element_of(*picked, "consent")};
  return out;
}

}  // namespace assay::engine
