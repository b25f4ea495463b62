package dev.espalier.coordinator.http;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Leave to read one run's export for a day, as part of an address: a browser that saves a file sends no token with it.
 * Made from the token, so all coordinators that share one know each other's tickets, and a new token ends them.
 */
record DownloadTicket(String token) {
    private static final Duration VALID = Duration.ofDays(1);
    private static final String ALGORITHM = "HmacSHA256";
    private static final Pattern FORM = Pattern.compile("([0-9]{1,12})-([0-9a-f]{64})");

    String issue(String run, Instant now) {
        long end = now.plus(VALID).getEpochSecond();
        return end + "-" + HexFormat.of().formatHex(signature(run, end));
    }

    boolean admits(String run, String ticket, Instant now) {
        Matcher form = FORM.matcher(ticket);
        if (!form.matches()) {
            return false;
        }
        long end = Long.parseLong(form.group(1));
        byte[] given = HexFormat.of().parseHex(form.group(2));
        return MessageDigest.isEqual(given, signature(run, end)) && now.getEpochSecond() < end;
    }

    private byte[] signature(String run, long end) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(token.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            return mac.doFinal(("export " + run + " " + end).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
