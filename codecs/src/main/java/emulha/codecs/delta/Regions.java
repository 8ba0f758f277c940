package emulha.codecs.delta;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fine-grained dirty regions (Lu and Chiueh 2009): the sender keeps a hash of each region of each
 * page that it has sent, no contents, and hands on the regions whose hash is another now. The base
 * counts as sent.
 *
 * <p>A changed region whose hash is that of its earlier content would be taken for unchanged and
 * leave the receiver with the earlier one: with b bits of hash and n changed regions in all, the
 * probability is about n / 2^b, and content made for it can force it. The comparison of images at
 * the end of a checkpoint finds it; {@code verify=true} keeps contents, too, and rules it out.
 *
 * <p>Tag: 0 = the page is handed on; 1 = unchanged; 2 = some regions are. Then the index lane has a
 * bit for each region, the first in the lowest bit, and the changed ones are handed on in order.
 */
public final class Regions extends NamedProvider {
  public Regions() {
    super(
        "regions",
        "only regions of a page whose hash changed since it was sent; the sender keeps hashes",
        "Lu and Chiueh 2009 (fine-grained dirty region tracking), named by Hou §6");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("size", "64|128|256|512|1024", "256", "bytes of a region"),
        new Parameter(
            "hash", "xxh3-64|xxh3-128", "xxh3-64", "what is kept of each region: 8 or 16 bytes"),
        new Parameter(
            "verify",
            "true|false",
            "false",
            "keep contents too and compare them, so that a collision does no harm"));
  }

  @Override
  public Stage create(Arguments arguments) {
    return new RegionsStage(
        Integer.parseInt(arguments.choice("size")),
        arguments.choice("hash").equals("xxh3-64") ? 1 : 2,
        arguments.flag("verify"));
  }

  /**
   * The stage.
   *
   * @param words 64-bit words of a hash, 1 or 2
   */
  private record RegionsStage(int size, int words, boolean verify) implements Stage {
    private static final int UNCHANGED = 1;
    private static final int SOME = 2;

    @Override
    public Set<Block.Kind> accepts() {
      return Set.of(Block.Kind.PAGE);
    }

    @Override
    public Set<Block.Kind> handsOn(Set<Block.Kind> given) {
      return EnumSet.of(Block.Kind.PAGE, Block.Kind.CHUNK);
    }

    @Override
    public Set<Counter> counters() {
      return Set.of(Counter.UNCHANGED_PAGES);
    }

    @Override
    public String binding() {
      return "hash4j XXH3";
    }

    @Override
    public Optional<String> whyOneEncoder(boolean first) {
      return Optional.empty();
    }

    @Override
    public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
      return new Encoder(context, next);
    }

    @Override
    public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
      return new Decoder(context, next);
    }

    private static boolean isSet(byte[] map, int i) {
      return (map[i / 8] >>> i % 8 & 1) != 0;
    }

    private final class Encoder implements StageEncoder {
      private static final Hasher128 XXH3 = Hashing.xxh3_128();
      private static final long[] NOTHING = new long[0];

      private final LaneWriter control;
      private final LaneWriter index;
      private final Counters counters;
      private final StageEncoder next;
      private final Block region = new Block();
      private final int regions;
      private final byte[] map;
      private final long[][][] hashes;
      private final byte @Nullable [][][] contents;
      private long pages;

      Encoder(EncoderContext context, StageEncoder next) {
        control = context.control();
        index = context.openIndexLane();
        counters = context.counters();
        this.next = next;
        regions = context.pageSize().bytes() / size;
        map = new byte[(regions + 7) / 8];
        hashes = new long[context.vms()][][];
        contents = verify ? new byte[context.vms()][][] : null;
        for (int vm = 0; vm < hashes.length; vm++) {
          int ram = Math.toIntExact(context.ramPages(vm));
          hashes[vm] = new long[ram][];
          Arrays.fill(hashes[vm], NOTHING);
          if (contents != null) {
            contents[vm] = new byte[ram][];
          }
        }
      }

      @Override
      public void encode(Block page) throws IOException {
        int changed = update(page);
        if (changed == 0) {
          control.writeByte(UNCHANGED);
          counters.add(Counter.UNCHANGED_PAGES, 1);
          next.skip(page);
        } else if (changed < 0 || changed == regions) {
          control.writeByte(HANDED_ON);
          next.encode(page);
        } else {
          control.writeByte(SOME);
          index.write(map, 0, map.length);
          for (int i = 0; i < regions; i++) {
            if (isSet(map, i)) {
              next.encode(region.partOf(page, i * size, size));
            }
          }
        }
      }

      /** Takes the page's hashes; the number of changed regions in the map, -1 if it is new. */
      private int update(Block page) {
        int pfn = (int) page.pfn();
        long[] known = hashes[page.vm()][pfn];
        boolean isNew = known.length == 0;
        if (isNew) {
          known = new long[regions * words];
          hashes[page.vm()][pfn] = known;
          pages++;
        }
        Arrays.fill(map, (byte) 0);
        int changed = 0;
        for (int i = 0; i < regions; i++) {
          if (updateRegion(page, i, known)) {
            map[i / 8] |= (byte) (1 << i % 8);
            changed++;
          }
        }
        if (contents != null) {
          int end = page.offset() + page.length();
          contents[page.vm()][pfn] = Arrays.copyOfRange(page.bytes(), page.offset(), end);
        }
        return isNew ? -1 : changed;
      }

      private boolean updateRegion(Block page, int i, long[] known) {
        int at = page.offset() + i * size;
        boolean changed;
        if (words == 1) {
          long hash = Hashing.xxh3_64().hashBytesToLong(page.bytes(), at, size);
          changed = known[i] != hash;
          known[i] = hash;
        } else {
          HashValue128 hash = XXH3.hashBytesTo128Bits(page.bytes(), at, size);
          changed =
              known[2 * i] != hash.getLeastSignificantBits()
                  || known[2 * i + 1] != hash.getMostSignificantBits();
          known[2 * i] = hash.getLeastSignificantBits();
          known[2 * i + 1] = hash.getMostSignificantBits();
        }
        if (!changed && contents != null) {
          byte[] old = contents[page.vm()][(int) page.pfn()];
          int from = i * size;
          changed =
              old != null && !Arrays.equals(old, from, from + size, page.bytes(), at, at + size);
        }
        return changed;
      }

      @Override
      public void skip(Block page) throws IOException {
        update(page);
        next.skip(page);
      }

      @Override
      public long retainedBytes() {
        long frames = Arrays.stream(hashes).mapToLong(vm -> vm.length).sum();
        long each = 8L * regions * words + (verify ? (long) regions * size : 0);
        return 4 * frames + pages * each;
      }
    }

    private final class Decoder implements StageDecoder {
      private final DecoderContext context;
      private final LaneReader control;
      private final LaneReader index;
      private final StageDecoder next;
      private final Block region = new Block();
      private final int regions;
      private final byte[] map;

      Decoder(DecoderContext context, StageDecoder next) {
        this.context = context;
        control = context.control();
        index = context.openIndexLane();
        this.next = next;
        regions = context.pageSize().bytes() / size;
        map = new byte[(regions + 7) / 8];
      }

      @Override
      public void decode(Block page) throws CorruptEncodingException {
        int tag = control.readByte();
        switch (tag) {
          case StageEncoder.HANDED_ON -> next.decode(page);
          case UNCHANGED -> {
            context.previous().read(page.vm(), page.pfn(), page.bytes(), page.offset());
            next.skip(page);
          }
          case SOME -> decodeSome(page);
          default -> throw control.corrupt("regions: unknown tag " + tag);
        }
      }

      private void decodeSome(Block page) throws CorruptEncodingException {
        index.read(map, 0, map.length);
        if ((map[map.length - 1] & 0xff) >>> (regions - 1) % 8 > 1) {
          throw index.corrupt("a region beyond the page's last");
        }
        context.previous().read(page.vm(), page.pfn(), page.bytes(), page.offset());
        for (int i = 0; i < regions; i++) {
          if (isSet(map, i)) {
            next.decode(region.partOf(page, i * size, size));
          }
        }
      }

      @Override
      public void skip(Block page) throws CorruptEncodingException {
        next.skip(page);
      }
    }
  }
}
