package dev.espalier.cli.compare;

import dev.espalier.protocol.UserError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code --set} says of a comparison's runs.
 *
 * @param all {@code key=value} for every run
 * @param own the same by method, for its runs only
 */
record Overrides(List<String> all, Map<String, List<String>> own) {
    /** {@code METHOD:KEY=VALUE}; a colon in the value is the value's. */
    private static final Pattern OWN = Pattern.compile("([A-Za-z0-9_-]+):([^=]*=.*)", Pattern.DOTALL);

    private static final String NAME = "run.name";
    private static final String METHOD = "prune.method";
    static final String TARGET = "prune.target.sparsity";

    /**
     * @param targets whether the command line names the targets
     * @throws UserError if one is for a method that is not compared, or sets what the comparison itself does
     */
    static Overrides of(List<String> set, List<String> methods, boolean targets) {
        List<String> all = new ArrayList<>();
        Map<String, List<String>> own = new LinkedHashMap<>();
        Set<String> taken = new TreeSet<>(Set.of(NAME, METHOD));
        if (targets) {
            taken.add(TARGET);
        }
        for (String one : set) {
            Matcher matcher = OWN.matcher(one);
            String setting = matcher.matches() ? matcher.group(2) : one;
            String key = setting.substring(0, Math.max(0, setting.indexOf('='))).strip();
            // The runs' names begin with that of the whole.
            boolean names = key.equals(NAME) && !matcher.matches();
            if (taken.contains(key) && !names) {
                throw new UserError("--set " + one + ": compare sets " + key + " itself, by "
                        + (key.equals(TARGET) ? "--sparsity" : "--methods") + ": leave it out");
            }
            if (!matcher.matches()) {
                all.add(one);
            } else if (methods.contains(matcher.group(1))) {
                own.computeIfAbsent(matcher.group(1), method -> new ArrayList<>())
                        .add(setting);
            } else {
                throw new UserError("--set " + one + ": " + matcher.group(1) + " is none of --methods "
                        + String.join(",", methods));
            }
        }
        return new Overrides(all, own);
    }

    /** For a run of that method, the strongest last. */
    List<String> of(String method) {
        List<String> both = new ArrayList<>(all);
        both.addAll(own.getOrDefault(method, List.of()));
        return both;
    }

    /** The same with what makes a run one of the comparison. */
    List<String> of(String method, List<String> target, String name) {
        List<String> whole = of(method);
        whole.add(METHOD + "=" + method);
        target.forEach(share -> whole.add(TARGET + "=" + share));
        whole.add(NAME + "=" + name);
        return whole;
    }
}
