package dev.espalier.protocol.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import java.math.BigInteger;
import java.util.Optional;

/** Numbers as people write them; nothing is rounded and nothing is guessed. */
final class Numbers {
    private Numbers() {}

    static Optional<Long> whole(String raw) {
        if (raw.matches("[+-]?[0-9]{1,19}")) {
            BigInteger number = new BigInteger(raw);
            return number.bitLength() < Long.SIZE ? Optional.of(number.longValue()) : Optional.empty();
        }
        // 1e4 and 512.0 are whole numbers too
        return decimal(raw)
                .filter(number -> number == Math.rint(number) && Math.abs(number) < 1L << 53)
                .map(Double::longValue);
    }

    /** A whole number of bytes, or a number with a unit, as in {@code 1.4 GiB}. */
    static Optional<Long> bytes(ConfigValue value) {
        String raw = String.valueOf(value.unwrapped());
        if (!raw.matches("[0-9]{1,16}(\\.[0-9]{1,16})? ?[A-Za-z]{1,10}")) {
            return whole(raw);
        }
        try {
            return Optional.of(value.atKey("size").getBytes("size"));
        } catch (ConfigException e) {
            return Optional.empty();
        }
    }

    static Optional<Double> decimal(String raw) {
        // the pattern keeps out what Double.parseDouble takes besides numbers: NaN, Infinity, 1f, 0x1p3
        if (!raw.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,4})?")) {
            return Optional.empty();
        }
        return Optional.of(Double.parseDouble(raw)).filter(Double::isFinite);
    }
}
