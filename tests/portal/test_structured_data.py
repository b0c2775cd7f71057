import json

from django.template import Context, Template

TEMPLATE = Template("{% load portal %}{% structured_data data %}")


def test_leaves_out_what_is_not_known_and_ends_no_script():
    data = {"@type": "Organization", "name": "</script><b>&", "url": "", "founder": []}
    html = TEMPLATE.render(Context({"data": data}))
    start, end = '<script type="application/ld+json">', "</script>"
    assert html.startswith(start)
    assert html.endswith(end)
    text = html.removeprefix(start).removesuffix(end)
    assert "<" not in text
    assert json.loads(text) == {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": "</script><b>&",
    }
