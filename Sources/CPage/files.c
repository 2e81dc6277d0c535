// The files of this folder's page as bytes; a test compares the table with the folder.
#include "sluice_page.h"

#include <stddef.h>

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char format_js[] = {
#embed "page/format.js"
};
static const unsigned char icon_svg[] = {
#embed "page/icon.svg"
};
static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char main_js[] = {
#embed "page/main.js"
};
static const unsigned char models_js[] = {
#embed "page/models.js"
};
static const unsigned char page_css[] = {
#embed "page/page.css"
};
static const unsigned char picture_js[] = {
#embed "page/picture.js"
};
static const unsigned char plots_js[] = {
#embed "page/plots.js"
};
static const unsigned char sources_js[] = {
#embed "page/sources.js"
};
static const unsigned char stream_js[] = {
#embed "page/stream.js"
};
static const unsigned char trial_js[] = {
#embed "page/trial.js"
};

#define FILE_OF(name, text) {text, name, sizeof(name)}
static const sluice_page_file files[] = {
    FILE_OF(format_js, "format.js"),   FILE_OF(icon_svg, "icon.svg"),
    FILE_OF(index_html, "index.html"), FILE_OF(main_js, "main.js"),
    FILE_OF(models_js, "models.js"),   FILE_OF(page_css, "page.css"),
    FILE_OF(picture_js, "picture.js"), FILE_OF(plots_js, "plots.js"),
    FILE_OF(sources_js, "sources.js"), FILE_OF(stream_js, "stream.js"),
    FILE_OF(trial_js, "trial.js"),
};

const sluice_page_file *sluice_page_file_at(int64_t index) {
  const int64_t count = (int64_t)(sizeof(files) / sizeof(files[0]));
  return index >= 0 && index < count ? &files[index] : NULL;
}
