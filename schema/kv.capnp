# The control path between priv (server) and a calf or an operator (client): one message per SOCK_SEQPACKET
# datagram, in Cap'n Proto's stream framing with exactly one segment.
# Request, Response and their first fields are the MirageSDK roadmap's; what was added since is
# added at the end, so that old messages still decode.
@0x9e83562906de8259;

struct Request {
  id @0 :Int32;            # chosen by the client, repeated in every answer
  path @1 :List(Text);     # "/nameserver/001" is ["nameserver", "001"]
  union {
    write @2 :Data;        # sets one key
    read @3 :Void;         # answers with the value
    delete @4 :Void;       # removes a key, or every writable key below a path
    watch @5 :Void;        # answers with the value now, and again, with this id, at each change
    commit @6 :List(Change);  # all of it or none of it, in order; `path` is empty
    subscribe @7 :Void;    # answers with every readable key at or below the path that is set, and
                           # again, with this id, with what each later commit changes among them
  }
}

struct Change {
  path @0 :List(Text);
  union {
    write @1 :Data;
    delete @2 :Void;
  }
}

struct Response {
  id @0 :Int32;            # the request's; a calf leaves 0 alone, by which its host asks and priv
                           # sees whether it still reads
  union {
    ok @1 :Data;           # the value of a read or watch; empty otherwise
    error @2 :Data;        # why it was refused, in ASCII
    changes @3 :List(Change);  # what a subscription has to tell, in the order of the table of keys
  }
}
