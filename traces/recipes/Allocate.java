import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Answers made-up requests out of a cache of documents; nearly all it allocates dies young. */
final class Allocate {
  private record Item(int number, String name, double price) {}

  private record Document(String title, List<Item> items, byte[] body) {}

  private static final int DOCUMENTS = 40_000;

  /** Keeps the documents used last, so the collector moves some and drops others. */
  private static final class Cache extends LinkedHashMap<Integer, Document> {
    Cache() {
      super(2 * DOCUMENTS, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Integer, Document> eldest) {
      return size() > DOCUMENTS;
    }
  }

  private static Document document(int number, Random random) {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      items.add(new Item(i, "item " + number + "/" + i, random.nextInt(100_000) / 100.0));
    }
    byte[] body = new byte[200 + random.nextInt(1000)];
    random.nextBytes(body);
    return new Document("document " + number, items, body);
  }

  private static String answer(Document document) {
    var text = new StringBuilder(document.title());
    for (Item item : document.items()) {
      text.append('\n').append(item.number()).append(' ').append(item.name());
      text.append(' ').append(item.price());
    }
    return text.toString();
  }

  public static void main(String[] arguments) {
    var random = new Random(20200101);
    var cache = new Cache();
    for (int i = 0; i < DOCUMENTS; i++) {
      cache.put(i, document(i, random));
    }
    System.out.println("emulha: ready");
    long characters = 0;
    for (long request = 1; ; request++) {
      int number = (int) Math.abs(random.nextGaussian() * DOCUMENTS);
      characters += answer(cache.computeIfAbsent(number, n -> document(n, random))).length();
      if (request % 200_000 == 0) {
        System.out.println(request + " requests, " + characters + " characters");
      }
    }
  }
}
