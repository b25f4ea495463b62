package dev.espalier.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the grammar's text resources. A heading at the start of a line opens a block, indented lines fill it:
 *
 * <pre>
 * words fruit: apple, pear,           a list, separated by commas
 *   plum
 * rule greeting:                      one pattern a line; "3x" in front gives it three times the weight
 *   3x Good morning, {hero}!
 *   Hello, {hero}.
 * table river: name; sea              named columns, one row a line
 *   Orrin; the North Sea
 * </pre>
 */
final class GrammarFile {
    private static final Pattern HEADING = Pattern.compile("(words|rule|table) ([a-z_0-9]+):(.*)");
    private static final Pattern WEIGHT = Pattern.compile("(\\d+)x (.*)");

    private final Map<String, List<String>> rules = new HashMap<>();
    private final Map<String, List<Map<String, String>>> tables = new HashMap<>();
    private final String resource;
    private String kind = "";
    private String name = "";
    private List<String> columns = List.of();

    GrammarFile(String resource) {
        this.resource = resource;
        try (InputStream stream = GrammarFile.class.getResourceAsStream("/demo/" + resource)) {
            if (stream == null) {
                throw new IllegalStateException("resource demo/" + resource + " is not on the class path");
            }
            BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    read(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Patterns by rule; a pattern of weight n is there n times. */
    Map<String, List<String>> rules() {
        return rules;
    }

    /** Rows by table, each from column to cell. */
    Map<String, List<Map<String, String>>> tables() {
        return tables;
    }

    private void read(String line) {
        Matcher heading = HEADING.matcher(line);
        if (heading.matches()) {
            open(heading.group(1), heading.group(2), heading.group(3));
        } else if (line.startsWith("  ")) {
            fill(line.strip());
        } else {
            throw new IllegalStateException("demo/" + resource + ": neither a heading nor indented: " + line);
        }
    }

    private void open(String newKind, String newName, String rest) {
        kind = newKind;
        name = newName;
        boolean known = kind.equals("table")
                ? tables.put(name, new ArrayList<>()) != null
                : rules.put(name, new ArrayList<>()) != null;
        if (known) {
            throw new IllegalStateException("demo/" + resource + ": " + name + " is there twice");
        }
        if (kind.equals("table")) {
            columns = cells(rest, ";");
        } else if (!rest.isBlank()) {
            fill(rest.strip());
        }
    }

    private void fill(String line) {
        switch (kind) {
            case "words" -> rules.get(name).addAll(cells(line, ","));
            case "rule" -> {
                Matcher weighted = WEIGHT.matcher(line);
                int weight = weighted.matches() ? Integer.parseInt(weighted.group(1)) : 1;
                for (int i = 0; i < weight; i++) {
                    rules.get(name).add(weighted.matches() ? weighted.group(2) : line);
                }
            }
            default -> tables.get(name).add(row(line));
        }
    }

    private Map<String, String> row(String line) {
        List<String> cells = cells(line, ";");
        if (cells.size() != columns.size()) {
            throw new IllegalStateException("demo/" + resource + ": " + name + " wants " + columns + ", not " + line);
        }
        Map<String, String> row = new LinkedHashMap<>();
        for (int i = 0; i < cells.size(); i++) {
            row.put(columns.get(i), cells.get(i));
        }
        return row;
    }

    private static List<String> cells(String line, String separator) {
        List<String> cells = new ArrayList<>();
        for (String cell : line.split(separator)) {
            if (!cell.isBlank()) {
                cells.add(cell.strip());
            }
        }
        return cells;
    }
}
