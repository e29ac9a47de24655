//! Containers on a real Docker Engine, for tests that need one.
//!
//! `EDGELOGS_TEST_DOCKER` names the Engine's socket. The image is made from a static busybox, which
//! `EDGELOGS_TEST_BUSYBOX` names (default `/bin/busybox`, Debian's `busybox-static`); nothing is
//! pulled. The command `docker` has to be on the path.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// The image with nothing but busybox in it.
pub const IMAGE: &str = "edgelogs-test:latest";

/// What the image can run.
const APPLETS: [&str; 14] = [
    "awk", "cat", "dd", "echo", "false", "head", "printf", "seq", "sh", "sleep", "sync", "tr",
    "true", "yes",
];

/// The Engine under test.
#[derive(Debug, Clone)]
pub struct Engine {
    socket: PathBuf,
}

impl Engine {
    /// The Engine that the environment names, with the image in it.
    ///
    /// # Panics
    /// The environment names none, or it does not take the image.
    pub fn from_env() -> Self {
        let socket = env::var_os("EDGELOGS_TEST_DOCKER")
            .expect("EDGELOGS_TEST_DOCKER names the Engine's socket");
        let engine = Self {
            socket: socket.into(),
        };
        static IMPORT: Once = Once::new();
        IMPORT.call_once(|| engine.import_image());
        engine
    }

    /// The Engine's socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The source of logs that it is, as a flag has it.
    pub fn source(&self) -> String {
        format!("docker:{}", self.socket.display())
    }

    fn import_image(&self) {
        let root = tempfile::tempdir().unwrap();
        let bin = root.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let busybox = env::var_os("EDGELOGS_TEST_BUSYBOX").unwrap_or_else(|| "/bin/busybox".into());
        fs::copy(busybox, bin.join("busybox")).unwrap();
        for applet in APPLETS {
            symlink("busybox", bin.join(applet)).unwrap();
        }
        let archive = root.path().join("image.tar");
        let mut tar = Command::new("tar");
        tar.arg("-C").arg(root.path()).arg("-cf").arg(&archive);
        check("tar", &tar.arg("bin").output().unwrap());
        let mut import = self.command();
        import.arg("import").arg(&archive).arg(IMAGE);
        check("docker", &import.output().unwrap());
    }

    fn command(&self) -> Command {
        let mut command = Command::new("docker");
        command
            .arg("-H")
            .arg(format!("unix://{}", self.socket.display()));
        command
    }

    /// Runs `docker` with these arguments, and gives what it prints.
    pub fn docker(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        check("docker", &output);
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Starts a container that runs a shell script. The name is made unique.
    pub fn start(&self, name: &str, options: &[&str], script: &str) -> Container {
        self.container("run", &["-d"], name, options, script)
    }

    /// Makes a container, and does not start it.
    pub fn create(&self, name: &str, options: &[&str], script: &str) -> Container {
        self.container("create", &[], name, options, script)
    }

    /// Runs a container to its end.
    pub fn run(&self, name: &str, options: &[&str], script: &str) -> Container {
        let container = self.start(name, options, script);
        container.wait();
        container
    }

    /// Makes a container from the body of a request to create one, and does not start it. The name is
    /// made unique.
    pub fn create_from(&self, name: &str, body: &serde_json::Value) -> Container {
        let name = unique(name);
        let body = body.to_string();
        let answer = self.call(&format!(
            "POST /containers/create?name={name} HTTP/1.0\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let text = String::from_utf8_lossy(&answer);
        assert!(text.contains("\"Id\""), "{text}");
        Container {
            engine: self.clone(),
            name,
        }
    }

    /// Sends a request, which says HTTP 1.0 since that knows no chunks, and returns the body of the answer.
    fn call(&self, request: &str) -> Vec<u8> {
        let mut connection = UnixStream::connect(&self.socket).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        let head = answer
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
            .unwrap();
        answer.split_off(head + 4)
    }

    fn container(
        &self,
        command: &str,
        more: &[&str],
        name: &str,
        options: &[&str],
        script: &str,
    ) -> Container {
        let name = unique(name);
        let head = [command, "--network", "none", "--name", &name];
        self.docker(&[&head, more, options, &[IMAGE, "/bin/sh", "-c", script]].concat());
        Container {
            engine: self.clone(),
            name,
        }
    }
}

/// A container, which is removed in the end.
#[derive(Debug)]
pub struct Container {
    engine: Engine,
    /// Its name.
    pub name: String,
}

impl Container {
    /// Waits until it has exited.
    pub fn wait(&self) {
        self.engine.docker(&["wait", &self.name]);
    }

    /// Starts it once more.
    pub fn start(&self) {
        self.engine.docker(&["start", &self.name]);
    }

    /// What `docker inspect` says in this format.
    pub fn inspect(&self, format: &str) -> String {
        self.engine.docker(&["inspect", "-f", format, &self.name])
    }

    /// The log as the Engine's own API has it, without stamps: the undecoded body.
    pub fn raw_log(&self) -> Vec<u8> {
        self.engine.call(&format!(
            "GET /containers/{}/logs?stdout=1&stderr=1 HTTP/1.0\r\n\r\n",
            self.name
        ))
    }

    /// The payloads of its frames, one after the other.
    pub fn log_bytes(&self) -> Vec<u8> {
        let frames = self.raw_frames().into_iter();
        frames.flat_map(|(_, payload)| payload).collect()
    }

    /// The frames of that log: type and payload.
    pub fn raw_frames(&self) -> Vec<(u8, Vec<u8>)> {
        let log = self.raw_log();
        let mut frames = Vec::new();
        let mut rest = &log[..];
        while let Some((header, tail)) = rest.split_first_chunk::<8>() {
            let length = u32::from_be_bytes([header[4], header[5], header[6], header[7]]) as usize;
            frames.push((header[0], tail[..length].to_vec()));
            rest = &tail[length..];
        }
        frames
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.engine.docker(&["rm", "-f", &self.name]);
    }
}

fn unique(name: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{}-{number}", std::process::id())
}

fn check(program: &str, output: &Output) {
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
