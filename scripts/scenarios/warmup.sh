#!/bin/bash
# warmup.sh [--seed N] [node|java]: a server that comes up: it compiles itself, takes
# memory and collects garbage for 13 to 18 s, on a core or more, in a heap of at most
# 128 MiB.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'node java' "$@"
draw seconds 13 18
draw live_thousand 100 300
drawn
need "$VARIANT"

node_server() {
	cat >"$FOLDER/server.js" <<-'END'
		const [seconds, live] = process.argv.slice(2).map(Number);
		const kept = new Map(), end = Date.now() + seconds * 1000;
		let n = 0;
		function serve() {
		  for (let i = 0; i < 2000; i++, n++) {
		    const key = (n * 2654435761) % live;
		    kept.set(key, { id: n, name: 'request ' + n, parts: JSON.parse(JSON.stringify([n, key, String(n)])) });
		  }
		  if (Date.now() < end) setImmediate(serve);
		}
		serve();
	END
	exec node --max-old-space-size=128 "$FOLDER/server.js" "$seconds" "${live_thousand}000"
}

java_server() {
	cat >"$FOLDER/Server.java" <<-'END'
		import java.util.*;
		public class Server {
		  record Answer(long id, String name, List<String> parts) {}
		  public static void main(String[] args) throws Exception {
		    long end = System.currentTimeMillis() + Long.parseLong(args[0]) * 1000;
		    int live = Integer.parseInt(args[1]);
		    Map<Integer, Answer> kept = new HashMap<>();
		    for (long n = 0; System.currentTimeMillis() < end; n++) {
		      String name = "request " + n;
		      kept.put((int) (n * 2654435761L % live), new Answer(n, name, Arrays.asList(name.split(" "))));
		      if (n % 500_000 == 0) Thread.sleep(2);
		    }
		    System.out.println(kept.size());
		  }
		}
	END
	exec java -Xmx128m "$FOLDER/Server.java" "$seconds" "${live_thousand}000" >/dev/null
}

calm_before
start "${VARIANT}_server"
wait $!
calm_after
