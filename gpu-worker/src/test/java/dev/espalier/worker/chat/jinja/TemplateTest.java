package dev.espalier.worker.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
    /** A list of two lists of two lists ...: small where it is kept, and larger than any memory where it is written. */
    private static final String SHARED =
            "{% set ns = namespace(x=['a']) %}{% for i in range(60) %}" + "{% set ns.x = [ns.x, ns.x] %}{% endfor %}";

    private static final String LONG = "{% set x = 'a' * 100000 %}";

    private static final Path FOLDER = Path.of(System.getProperty("espalier.chat.fixtures", "src/test/resources/chat"));
    private static final long MOST = 1 << 20;

    /** Written by src/test/python/make_chat_fixtures.py. */
    @Test
    void rendersWhatTransformersRenders() throws IOException {
        JsonNode golden =
                new ObjectMapper().readTree(FOLDER.resolve("golden.json").toFile());
        Set<String> templates = new TreeSet<>();
        List<String> differ = new ArrayList<>();
        for (JsonNode one : golden.path("cases")) {
            templates.add(one.path("template").asText());
            String told =
                    one.path("template").asText() + ", " + one.path("chat").asText();
            try {
                Map<String, Object> values = new HashMap<>();
                golden.path("tokens")
                        .properties()
                        .forEach(token -> values.put(token.getKey(), value(token.getValue())));
                values.put("messages", value(one.path("messages")));
                values.put("tools", null);
                values.put("documents", null);
                values.put("add_generation_prompt", one.path("prompt").asBoolean());
                Rendered rendered = Template.parse(Files.readString(
                                FOLDER.resolve(one.path("template").asText())))
                        .render(values, MOST);
                if (!rendered.text().equals(one.path("text").asText(null))) {
                    differ.add(told + ":\n" + rendered.text() + "\ninstead of\n"
                            + one.path("text").asText(null));
                } else if (!spans(rendered, one.path("generated"))) {
                    differ.add(told + ": " + rendered.generated() + " instead of " + one.path("generated"));
                }
            } catch (TemplateException e) {
                if (!one.has("error")) {
                    differ.add(told + ": " + e.getMessage() + "\ninstead of\n"
                            + one.path("text").asText());
                }
            }
        }
        assertThat(differ).isEmpty();
        assertThat(templates).hasSizeGreaterThan(3);
    }

    /** Python counts code points. */
    private static boolean spans(Rendered rendered, JsonNode expected) {
        List<List<Integer>> found = rendered.generated().stream()
                .map(span -> List.of(
                        rendered.text().codePointCount(0, span.from()),
                        rendered.text().codePointCount(0, span.to())))
                .toList();
        List<List<Integer>> wanted = new ArrayList<>();
        expected.forEach(
                span -> wanted.add(List.of(span.get(0).asInt(), span.get(1).asInt())));
        return found.equals(wanted);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            value = {
                "{{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ -7 % 3 }} {{ 1 / 2 }} {{ 2 ** 3 }} => 7 3 2 0.5 8",
                "{{ none }} {{ true }} {{ [1, 'a', none] }} {{ {'a': 1.0} }} => None True [1, 'a', None] {'a': 1.0}",
                "{{ 'abc'[::-1] }} {{ 'abcde'[1:-1] }} {{ [1, 2, 3][-1] }} {{ 'x' in 'xyz' }} => cba bcd 3 True",
                "{{ 'a' if false }}{{ missing }}. => .",
                "{{ ' a b '.strip() }} {{ 'a--b'.split('-') }} {{ 'abc'.startswith(('x', 'a')) }} => a b ['a', '', 'b'] True",
                "{% set ns = namespace(n=0) %}{% for i in range(3) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }} => 3",
                "{% for k, v in {'a': 1}.items() if v %}{{ k }}{{ loop.last }}{% else %}none{% endfor %} => aTrue",
                "{% macro m(a, b='x') %}{{ a }}{{ b }}{% endmacro %}{{ m('1') }}{{ m(b='y', a=2) }} => 1x2y",
                "{% set t %} a {% endset %}[{{ t }}] => [ a ]",
                "{{ [{'r': 'u'}, {'r': 'a'}] | selectattr('r', 'equalto', 'a') | list | length }} => 1",
                "{{ x is defined }} {{ none is none }} {{ 'a' is string and [] is iterable }} => False True True",
                "{% for i in [1, 2, 3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %} => 13",
                "{{ ' xax ' | trim(chars='x ') }}{{ 'q' | int(default=7) }}{{ ['é'] | tojson(false) }} => a7[\"é\"]",
                "{{ 'abc'[none] }}{{ [1][none] }}. => .",
                "{{ {'b': 'é\"', 'a': [1, none]} | tojson }} => {\"b\": \"é\\\"\", \"a\": [1, null]}",
                "{# a comment #}{% raw %}{{ x }}{% endraw %} => {{ x }}",
                "{{ 'a' ~ 1 ~ none }} {{ not 1 == 2 }} {{ 1 < 2 <= 2 }} => a1None True True",
                "{{ ['a', 'b'] | join(', ') }} {{ 'A b' | lower | replace('b', 'c') | title }} => a, b A C",
                "{{ 'tool_response' | title }} {{ \"it's a-b (c\" | title }} => Tool_response It's A-B (C",
                "{{ ['b', 'A', 'a', 'B'] | sort | join(',') }} {{ ['a', 'A', 'b'] | unique | join(',') }} => A,a,b,B a,b",
                "{{ '3.7' | int }} {{ ' -2.9e1 ' | int }} {{ 'x' | int }} => 3 -29 0",
                "{{ 1 is sameas true }} {{ true is sameas true }} => False True",
            })
    void doesWhatJinjaDoes(String template, String expected) {
        assertThat(Template.parse(template).render(Map.of(), MOST).text()).isEqualTo(expected);
    }

    @Test
    void blocksLeaveNoLinesAndNoIndentation() {
        String template =
                "{% if true %}\n  a\n  {% if true %}\n    b\n  {% endif %}\n{% endif %}\n  {{ 'c' }}\n{{- ' d' }}  \n";
        assertThat(Template.parse(template).render(Map.of(), MOST).text()).isEqualTo("  a\n    b\n  c d  ");
        assertThat(Template.parse("{% if true +%}\nx{% endif %}{# c +#}\ny{# c #}\nz")
                        .render(Map.of(), MOST)
                        .text())
                .as("a plus keeps the line's end")
                .isEqualTo("\nx\nyz");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            value = {
                "{{ 1 +  => line 1: a tag has no end",
                "a~{% if x %} => line 2: expected",
                "{% endif %} => line 1: the block 'endif' is not known",
                "{{ x | nothing }} => the filter 'nothing' is not known",
                "{{ x is nothing }} => the test 'nothing' is not known",
                "{% include 'x' %} => the block 'include' is not known",
                "{{ 'x }} => a string has no end",
                "{{ ( }} => line 1",
                "{{ messages.99999999999999999999 }} => the number 99999999999999999999 is too large",
                "{% macro m() %}{% generation %}{% endgeneration %}{% endmacro %} => stands in a macro or in set",
                "{{ \u0661 }} => means nothing here",
            })
    void saysWhatIsWrongWithATemplate(String template, String reason) {
        assertThatThrownBy(() -> Template.parse(template.replace('~', '\n')))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            value = {
                "{{ raise_exception('Roles must alternate') }} => Roles must alternate",
                "{{ messages.x.y }} => 'messages' is undefined",
                "{{ [1] | sort(reverse=true) }} => the filter 'sort' is not known with 'reverse'",
                "{{ [1] | sort(true) }} => the filter 'sort' is not known with 1 arguments",
                "{{ 'é' | tojson(true) }} => the filter 'tojson' is not known with 'ensure_ascii'",
                "{% macro m(a) %}{% endmacro %}{{ m(b=1) }} => the macro 'm' takes no 'b'",
                "{{ 'a' + 1 }} => '+' does not take string and integer",
                "{{ 1 // 0 }} => '//'",
                "{{ 3 is divisibleby(0) }} => '%'",
                "{{ -(-9223372036854775807 - 1) }} => '-'",
                "{{ {[1]: 2} }} => list cannot be a key",
                "{{ [].append(1) }} => 'append' is undefined",
                "{{ ''.__class__.__mro__ }} => '__class__' is undefined",
                "{{ ''.getClass().forName('java.lang.Runtime') }} => 'getClass' is undefined",
                "{{ 'a'.bytes() }} => 'bytes' is undefined",
            })
    void refusesWhatCannotBe(String template, String reason) {
        assertThatThrownBy(() -> Template.parse(template).render(Map.of(), MOST))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(1000000000000) %}{% endfor %}",
                "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
                "{{ 'x' * 2000000000 }}",
                "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{{ ('a' * 1000).replace('a', 'b' * 10000) }}",
                "{{ [[1]] | tojson(indent=1000000000) }}",
                SHARED + "{{ ns.x }}",
                SHARED + "{{ ns.x | tojson }}",
                SHARED + "{{ 'x' ~ ns.x }}",
                SHARED + "{{ ns.x | join(',') }}",
                SHARED + "{% set other = [ns.x, ns.x] %}{{ ns.x == other[0] }}",
                SHARED + "{{ ns.x in {} }}",
                LONG + "{% for i in range(99) %}{% set y = x | upper %}{% endfor %}",
                LONG + "{% for i in range(99) %}{% set y = x | title %}{% endfor %}",
                LONG + "{% for i in range(99) %}{% set y = x | trim %}{% endfor %}",
                LONG + "{% for i in range(99) %}{% set y = x.lower() %}{% endfor %}",
                LONG + "{% for i in range(99) %}{% set y = x.capitalize() %}{% endfor %}",
                LONG + "{% for i in range(99) %}{% set y = x.rstrip('b') %}{% endfor %}",
                LONG + "{% for i in range(99) %}{% set y = x.removeprefix('a') %}{% endfor %}",
                LONG + "{% for i in range(99) %}{% set y = x.replace('b', '') %}{% endfor %}",
                LONG + "{% for i in range(99) %}{% if ('a' * 50000 ~ 'b') in x %}{% endif %}{% endfor %}",
                LONG + "{% set y = 'a' * 50000 ~ 'b' %}{% for i in range(99) %}{% set z = x.find(y) %}{% endfor %}",
                LONG + "{% for i in range(99999) %}{% set z = x.isspace() or x.isalpha() %}{% endfor %}",
                LONG + "{% for i in range(99999) %}{% set z = x[99999] %}{% endfor %}",
                "{% set m = namespace(x={'a': 1, 'b': 2}) %}{% for i in range(999999) %}{% set y = m.x.keys() %}{% endfor %}",
                "{% set ns = namespace(x=['abcdefgh' * 100]) %}{% for i in range(16) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
            })
    void whatATemplateMayTakeIsBounded(String template) {
        assertThatThrownBy(() -> Template.parse(template).render(Map.of(), MOST))
                .isInstanceOf(TemplateException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            value = {
                "{{ [1, 2, 3][1::9223372036854775807] }} => [2]",
                "{{ [1, 2, 3][::-9223372036854775807] }} => [3]",
                "{{ {1: 'a'}[1] }} => a",
                "{{ {1: 'a', 'b': []} }} => {1: 'a', 'b': []}",
                "{{ {true: 1, none: 2, 3: {}} | tojson }} => {\"true\": 1, \"null\": 2, \"3\": {}}",
                "{{ ' a  b c '.split() }} => ['a', 'b', 'c']",
                "{{ ' a  b c '.split(none, 1) }} => ['a', 'b c']",
                "{{ {'a': [1]} == {'a': [1.0]} }} => True",
            })
    void computesAsPython(String template, String text) {
        assertThat(Template.parse(template).render(Map.of(), MOST).text()).isEqualTo(text);
    }

    @Test
    void nestingIsBounded() {
        for (String template : List.of(
                "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}",
                "{{ " + "not ".repeat(100_000) + "1 }}",
                "{{ " + "-".repeat(100_000) + "1 }}",
                "{% if 1 %}".repeat(10_000) + "{% endif %}".repeat(10_000),
                "{{ 1" + " + 1".repeat(200_000) + " }}",
                "{{ x" + ".x".repeat(200_000) + " }}")) {
            assertThatThrownBy(() -> Template.parse(template).render(Map.of(), MOST))
                    .isInstanceOf(TemplateException.class);
        }
    }

    private static Object value(JsonNode node) {
        if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            node.forEach(item -> list.add(value(item)));
            return list;
        } else if (node.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            node.properties().forEach(entry -> map.put(entry.getKey(), value(entry.getValue())));
            return map;
        }
        if (node.isNull() || node.isTextual()) {
            return node.textValue();
        }
        return node.isBoolean()
                ? (Object) node.booleanValue()
                : node.numberValue() instanceof Integer whole
                        ? (Object) whole.longValue()
                        : (Object) node.doubleValue();
    }
}
