#include "html/page_reader.hpp"

#include <cstdint>
#include <unordered_map>

#include "base/text.hpp"

namespace assay::html {
namespace {

constexpr std::size_t max_label = 200;      // bytes kept of a button's or field's label
constexpr std::size_t max_controls = 5000;  // of a page
constexpr std::size_t no_form = SIZE_MAX;

std::string_view attribute(const GumboElement& element, const char* name) {
  const auto* found = gumbo_get_attribute(&element.attributes, name);
  return found ? std::string_view(found->value) : std::string_view{};
}

bool has_attribute(const GumboElement& element, const char* name) {
  return gumbo_get_attribute(&element.attributes, name) != nullptr;
}

// Appends `text` with blanks collapsed; stops near `limit`, on a character's border.
void append_text(std::string& out, std::string_view text, std::size_t limit) {
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
    if (blank) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      continue;
    }
    if (out.size() >= limit && (static_cast<unsigned char>(c) & 0xC0) != 0x80) return;
    out += c;
  }
}

struct Label {
  std::string target;  // id of the control; empty: the control inside
  std::string text;
};

// A control before it is known which form owns it: its form attribute may name one that comes later.
struct Control {
  std::size_t form = no_form;
  std::string form_id;
  bool is_button = false;
  Field field;
  Button button;
};

class Reader {
 public:
  Reader(Page& page, std::size_t most_text) : page_(page), most_text_(most_text) {}

  void read(const GumboNode* root) {
    struct Visit {
      const GumboNode* node;
      bool leaving;
    };
    std::vector<Visit> stack{{root, false}};  // no recursion: a page may nest as deeply as it is long
    while (!stack.empty()) {
      const auto visit = stack.back();
      stack.pop_back();
      if (visit.leaving) {
        leave(visit.node);
        continue;
      }
      const auto type = visit.node->type;
      if (type == GUMBO_NODE_TEXT || type == GUMBO_NODE_WHITESPACE || type == GUMBO_NODE_CDATA) {
        see_text(visit.node->v.text.text);
        continue;
      }
      if (type != GUMBO_NODE_ELEMENT) continue;  // comments; templates are not part of the document
      if (!enter(visit.node)) continue;
      stack.push_back({visit.node, true});
      const auto& children = visit.node->v.element.children;
      for (unsigned i = children.length; i-- > 0;)
        stack.push_back({static_cast<const GumboNode*>(children.data[i]), false});
    }
    hand_out_controls();
  }

 private:
  // Returns false when the children do not matter.
  bool enter(const GumboNode* node) {
    const auto& element = node->v.element;
    switch (element.tag) {
      case GUMBO_TAG_SCRIPT: enter_script(element); return false;
      case GUMBO_TAG_STYLE:
      case GUMBO_TAG_SVG:
      case GUMBO_TAG_IFRAME: return false;
      case GUMBO_TAG_TITLE: in_title_ = page_.title.empty(); return true;
      case GUMBO_TAG_BASE:
        if (page_.base.empty()) page_.base = attribute(element, "href");
        return true;
      case GUMBO_TAG_META:
        if (!page_.refresh && base::equals_ignoring_case(attribute(element, "http-equiv"), "refresh"))
          page_.refresh = parse_refresh(attribute(element, "content"));
        return true;
      case GUMBO_TAG_BODY: note_handler(attribute(element, "onload")); return true;
      case GUMBO_TAG_FORM: enter_form(node); return true;
      case GUMBO_TAG_FIELDSET: disabled_ += has_attribute(element, "disabled") ? 1 : 0; return true;
      case GUMBO_TAG_LABEL:
        labels_.push_back({std::string(attribute(element, "for")), {}});
        open_label_ = labels_.size() - 1;
        return true;
      case GUMBO_TAG_INPUT: enter_input(element); return true;
      case GUMBO_TAG_BUTTON: enter_button(element); return true;
      case GUMBO_TAG_SELECT: enter_select(element); return true;
      case GUMBO_TAG_OPTION: enter_option(element); return true;
      case GUMBO_TAG_TEXTAREA: enter_textarea(element); return true;
      case GUMBO_TAG_IMG:
        if (open_button_) append_text(controls_[*open_button_].button.label, attribute(element, "alt"), max_label);
        return true;
      default:
        if (has_attribute(element, "hidden")) ++hidden_;
        return true;
    }
  }

  void leave(const GumboNode* node) {
    const auto& element = node->v.element;
    switch (element.tag) {
      case GUMBO_TAG_TITLE: in_title_ = false; break;
      case GUMBO_TAG_FORM:
        form_ = no_form;
        // A form between the cells of a table is closed at once by the parser; its controls are still its own
        // (HTML, section "the form element pointer").
        if (node->parent && is_table_part(node->parent)) {
          table_form_ = page_.forms.size() - 1;
          table_ = node->parent;
        }
        break;
      case GUMBO_TAG_FIELDSET: disabled_ -= has_attribute(element, "disabled") ? 1 : 0; break;
      case GUMBO_TAG_LABEL: open_label_.reset(); break;
      case GUMBO_TAG_BUTTON: open_button_.reset(); break;
      case GUMBO_TAG_SELECT: leave_select(); break;
      case GUMBO_TAG_OPTION: leave_option(); break;
      case GUMBO_TAG_TEXTAREA: open_textarea_.reset(); break;
      case GUMBO_TAG_BASE:
      case GUMBO_TAG_META:
      case GUMBO_TAG_BODY:
      case GUMBO_TAG_INPUT:
      case GUMBO_TAG_IMG: break;
      default:
        if (has_attribute(element, "hidden")) --hidden_;
        separate();
        break;
    }
    if (node == table_) {
      table_ = nullptr;
      table_form_ = no_form;
    }
  }

  static bool is_table_part(const GumboNode* node) {
    if (node->type != GUMBO_NODE_ELEMENT) return false;
    const auto tag = node->v.element.tag;
    return tag == GUMBO_TAG_TABLE || tag == GUMBO_TAG_TBODY || tag == GUMBO_TAG_THEAD || tag == GUMBO_TAG_TFOOT ||
           tag == GUMBO_TAG_TR;
  }

  // Elements end words in what a person sees.
  void separate() {
    if (!page_.text.empty() && page_.text.back() != ' ') page_.text += ' ';
  }

  void see_text(std::string_view text) {
    if (in_title_) return append_text(page_.title, text, most_title);
    if (open_textarea_) {
      auto& value = controls_[*open_textarea_].field.value;
      value += text;
      return;
    }
    if (open_option_) return append_text(option_text_, text, max_label);
    if (open_button_) append_text(controls_[*open_button_].button.label, text, max_label);
    if (open_label_) append_text(labels_[*open_label_].text, text, max_label);
    if (!open_select_ && hidden_ == 0) append_text(page_.text, text, most_text_);
  }

  void enter_script(const GumboElement& element) {
    ++page_.scripts;
    for (unsigned i = 0; i < element.children.length; ++i)
      note_handler(static_cast<const GumboNode*>(element.children.data[i])->v.text.text);
  }

  void note_handler(std::string_view code) {
    if (code.find("submit(") != std::string_view::npos || code.find(".click(") != std::string_view::npos)
      page_.submits_itself = true;
  }

  void enter_form(const GumboNode* node) {
    const auto& element = node->v.element;
    Form form;
    form.id = attribute(element, "id");
    form.action = base::trim(attribute(element, "action"));
    form.method = base::lower(base::trim(attribute(element, "method")));
    if (form.method != "post" && form.method != "dialog") form.method = "get";  // the invalid value default
    form.enctype = base::lower(base::trim(attribute(element, "enctype")));
    form.role = base::lower(attribute(element, "role"));
    page_.forms.push_back(std::move(form));
    form_ = page_.forms.size() - 1;
    table_form_ = no_form;
  }

  Control* add_control(const GumboElement& element) {
    if (controls_.size() >= max_controls) return nullptr;
    auto& control = controls_.emplace_back();
    control.form = form_ != no_form ? form_ : table_form_;
    control.form_id = attribute(element, "form");
    return &control;
  }

  void fill_common(Field& field, const GumboElement& element) {
    field.name = attribute(element, "name");
    field.id = attribute(element, "id");
    field.autocomplete = base::lower(attribute(element, "autocomplete"));
    field.disabled = disabled_ > 0 || has_attribute(element, "disabled");
    field.readonly = has_attribute(element, "readonly");
    field.required = has_attribute(element, "required");
    field.hidden = hidden_ > 0 || has_attribute(element, "hidden");
    append_text(field.label, attribute(element, "aria-label"), max_label);
    if (field.label.empty()) append_text(field.label, attribute(element, "placeholder"), max_label);
  }

  void fill_button(Button& button, const GumboElement& element) {
    button.name = attribute(element, "name");
    button.value = attribute(element, "value");
    button.disabled = disabled_ > 0 || has_attribute(element, "disabled");
    if (has_attribute(element, "formaction")) button.formaction = base::trim(attribute(element, "formaction"));
    button.formmethod = base::lower(attribute(element, "formmethod"));
    button.formenctype = base::lower(attribute(element, "formenctype"));
  }

  void enter_input(const GumboElement& element) {
    auto* control = add_control(element);
    if (!control) return;
    const auto type = base::lower(base::trim(attribute(element, "type")));
    if (type == "submit" || type == "image") {
      control->is_button = true;
      fill_button(control->button, element);
      control->button.image = type == "image";
      auto shown = attribute(element, type == "image" ? "alt" : "value");
      if (shown.empty()) shown = attribute(element, "aria-label");
      if (shown.empty()) shown = attribute(element, "title");
      if (shown.empty() && type == "submit" && !has_attribute(element, "value")) shown = "Submit";
      append_text(control->button.label, shown, max_label);
      return;
    }
    auto& field = control->field;
    fill_common(field, element);
    field.type = type.empty() ? "text" : type;
    field.value = attribute(element, "value");
    field.checked = has_attribute(element, "checked");
    const bool ticked = field.type == "checkbox" || field.type == "radio";
    if (ticked && !has_attribute(element, "value")) field.value = "on";
    if (open_label_ && labels_[*open_label_].target.empty()) wrapped_.push_back({controls_.size() - 1, *open_label_});
  }

  void enter_button(const GumboElement& element) {
    const auto type = base::lower(base::trim(attribute(element, "type")));
    if (type == "button" || type == "reset") return;  // only scripts make them do something
    auto* control = add_control(element);
    if (!control) return;
    control->is_button = true;
    fill_button(control->button, element);
    open_button_ = controls_.size() - 1;
    append_text(control->button.label, attribute(element, "aria-label"), max_label);
    if (!control->button.label.empty()) control->button.label += ' ';
  }

  void enter_textarea(const GumboElement& element) {
    auto* control = add_control(element);
    if (!control) return;
    fill_common(control->field, element);
    control->field.type = "textarea";
    open_textarea_ = controls_.size() - 1;
  }

  void enter_select(const GumboElement& element) {
    open_select_ = true;
    select_multiple_ = has_attribute(element, "multiple");
    select_ = {};
    fill_common(select_, element);
    select_.type = "select";
    select_form_ = form_ != no_form ? form_ : table_form_;
    select_form_id_ = attribute(element, "form");
    options_.clear();
  }

  void enter_option(const GumboElement& element) {
    if (!open_select_ || options_.size() >= max_controls) return;
    open_option_ = true;
    option_text_.clear();
    option_ = select_;
    option_.checked = has_attribute(element, "selected");
    option_.disabled = has_attribute(element, "disabled");
    option_has_value_ = has_attribute(element, "value");
    option_.value = attribute(element, "value");
  }

  void leave_option() {
    if (!open_option_) return;
    open_option_ = false;
    if (!option_has_value_) option_.value = base::trim(option_text_);
    options_.push_back(option_);
  }

  void leave_select() {
    open_select_ = false;
    const auto keep = [&](Field option) {
      if (controls_.size() >= max_controls) return;
      option.disabled = select_.disabled;
      auto& control = controls_.emplace_back();
      control.form = select_form_;
      control.form_id = select_form_id_;
      control.field = std::move(option);
    };
    if (select_multiple_) {
      for (const auto& option : options_)
        if (option.checked && !option.disabled) keep(option);
      return;
    }
    // The last selected one counts; without any, the first that is not disabled.
    const Field* chosen = nullptr;
    for (const auto& option : options_)
      if (option.checked) chosen = &option;
    for (const auto& option : options_)
      if (!chosen && !option.disabled) chosen = &option;
    if (chosen && !chosen->disabled) keep(*chosen);
  }

  void hand_out_controls() {
    for (const auto& [control, label] : wrapped_) controls_[control].field.label = labels_[label].text;
    std::unordered_map<std::string_view, const Label*> labels;
    for (const auto& label : labels_)
      if (!label.target.empty()) labels.emplace(label.target, &label);
    std::unordered_map<std::string_view, std::size_t> ids;
    for (std::size_t i = 0; i < page_.forms.size(); ++i)
      if (!page_.forms[i].id.empty()) ids.emplace(page_.forms[i].id, i);
    for (auto& control : controls_) {
      if (!control.form_id.empty()) {
        const auto found = ids.find(control.form_id);
        control.form = found == ids.end() ? no_form : found->second;
      }
      if (control.form == no_form) continue;
      auto& form = page_.forms[control.form];
      if (control.is_button) {
        control.button.label = base::trim(control.button.label);
        control.button.before = form.fields.size();
        form.buttons.push_back(std::move(control.button));
        continue;
      }
      if (const auto found = labels.find(control.field.id); !control.field.id.empty() && found != labels.end())
        control.field.label = found->second->text;
      control.field.label = base::trim(control.field.label);
      form.fields.push_back(std::move(control.field));
    }
  }

  Page& page_;
  std::size_t most_text_;
  std::vector<Control> controls_;
  std::vector<Label> labels_;
  std::vector<std::pair<std::size_t, std::size_t>> wrapped_;  // control, label around it
  std::size_t form_ = no_form;
  std::size_t table_form_ = no_form;
  const GumboNode* table_ = nullptr;
  int disabled_ = 0;  // fieldsets around us
  int hidden_ = 0;    // hidden elements around us
  bool in_title_ = false;
  std::optional<std::size_t> open_label_, open_button_, open_textarea_;
  bool open_select_ = false, select_multiple_ = false, open_option_ = false, option_has_value_ = false;
  Field select_, option_;
  std::size_t select_form_ = no_form;
  std::string select_form_id_, option_text_;
  std::vector<Field> options_;
};

}  // namespace

void read_tree(const GumboNode* root, Page& page, std::size_t most_text) { Reader(page, most_text).read(root); }

}  // namespace assay::html
