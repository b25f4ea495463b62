package dev.espalier.protocol.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How the constants of an enum are written in configuration: lower case, with hyphens.
 *
 * @param <E> the enum
 */
record Words<E extends Enum<E>>(Class<E> type) {
    List<String> all() {
        return Arrays.stream(type.getEnumConstants()).map(Words::of).toList();
    }

    E value(String word) {
        return Enum.valueOf(type, word.replace('-', '_').toUpperCase(Locale.ROOT));
    }

    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
