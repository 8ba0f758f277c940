package emulha.codecs;

/**
 * A key that a stage takes.
 *
 * @param key lower-case name
 * @param choices the values allowed, as shown to users: {@code a|b|c}, {@code 0..9}, {@code SIZE}
 * @param defaultValue the value when the key is absent
 * @param meaning one line
 */
public record Parameter(String key, String choices, String defaultValue, String meaning) {}
