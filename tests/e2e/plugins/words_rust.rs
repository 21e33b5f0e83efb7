// For test_languages.py: a plugin in Rust, from nothing but the header, whose structs are written out below, those
// members that are used by name. words_cpp.cc is the same in C++.
#![allow(dead_code)] // members that only the host looks at

use std::ffi::c_void;
use std::os::raw::{c_char, c_int, c_uint};
use std::ptr::null;
use std::sync::atomic::{AtomicPtr, Ordering};

type Text = *const c_char;
type Nothing = *const c_void;

// A text of C.
macro_rules! text {
    ($text:literal) => {
        concat!($text, "\0").as_ptr() as Text
    };
}

// -- include/almanac/plugin.h --------------------------------------------------------------------

const REQUIRED: u32 = 1;
const LIST: u32 = 2;
const INTEGER: u32 = 2;
const SINGLE: u32 = 1 << 2;
const ROWS: u32 = 4;
const YEAR: u32 = 1 << 2;
const MAXIMUM: u32 = 5;
const INFO: c_int = 2;
const NOT_REPORTED: i32 = i32::MIN + 1;

// Constants are looked at by several threads, and changed by none.
struct Constant<T>(T);
unsafe impl<T> Sync for Constant<T> {}

#[repr(C)]
struct Element {
    code: Text,
    name: Text,
    unit: Text,
    decimals: i32,
    min: i32,
    max: i32,
    reserved32: u32,
    reserved: [Nothing; 2],
}

#[repr(C)]
struct Series {
    element: *const Element,
    value: *const i32,
    flags: [Nothing; 3],
    time: *const u16,
    reserved: [Nothing; 1],
}

#[repr(C)]
struct Record {
    size: u32,
    reserved: u32,
    station: Nothing,
    first_day: i32,
    days: u32,
    series_count: usize,
    series: *const Series,
}

#[repr(C)]
struct Param {
    name: Text,
    kind: u32,
    flags: u32,
    help: Text,
    example: Text,
    default_value: Text,
    min: i64,
    max: i64,
    max_values: u32,
    reserved: u32,
    choices: *const Text,
    reserved2: [Nothing; 2],
}

#[repr(C)]
struct Field {
    name: Text,
    kind: u32,
    flags: u32,
    unit: Text,
    decimals: i32,
    reserved: u32,
    help: Text,
    reserved2: [Nothing; 2],
}

enum Request {}
enum Feed {}

#[repr(C)]
struct Route {
    path: Text,
    summary: Text,
    help: Text,
    params: *const Param,
    fields: *const Field,
    flags: u32,
    answer: u32,
    methods: u32,
    reserved: u32,
    data: Nothing,
    media_type: Text,
    select: Nothing,
    handle: Option<unsafe extern "C" fn(*const Route, *mut Request) -> c_int>,
}

#[repr(C)]
#[derive(Default)]
struct Cell {
    null: u32,
    reserved: u32,
    integer: i64,
    number: f64,
    text: usize,
}

#[repr(C)]
#[derive(Default)]
struct Observation {
    day: i32,
    value: i32,
    element: u16,
    time: u16,
    flags: [u8; 3],
    reserved: u8,
}

#[repr(C)]
struct Source {
    name: Text,
    summary: Text,
    elements: *const Element,
    state_size: usize,
    flags: u32,
    reserved: u32,
    data: Nothing,
    sniff: unsafe extern "C" fn(*const Source, Text, Text, usize) -> c_int,
    begin: Nothing,
    line: unsafe extern "C" fn(*const Source, *mut Feed, *mut c_void, Text, usize) -> c_int,
    end: Option<unsafe extern "C" fn(*const Source, *mut Feed, *mut c_void) -> c_int>,
    release: Nothing,
}

#[repr(C)]
struct Input {
    code: Text,
    unit: Text,
    decimals: i32,
    reserved: u32,
    reserved2: [Nothing; 2],
}

#[repr(C)]
struct Column {
    name: Text,
    unit: Text,
    help: Text,
    decimals: i32,
    method: u32,
    inputs: Text,
    rules: Text,
    kind: u32,
    periods: u32,
    reserved: [Nothing; 1],
}

#[repr(C)]
struct Period {
    kind: u32,
    year: i32,
    part: u32,
    first: u32,
    days: u32,
    reserved: u32,
}

#[repr(C)]
struct Task {
    size: u32,
    reserved: u32,
    stat: *const Stat,
    record: *const Record,
    params: Nothing,
    base: Nothing,
    state: *mut c_void,
}

#[repr(C)]
struct Stat {
    name: Text,
    summary: Text,
    inputs: *const Input,
    columns: *const Column,
    periods: u32,
    flags: u32,
    state_size: usize,
    data: Nothing,
    on_request: u32,
    lead_days: u32,
    help: Text,
    params: *const Param,
    base: Nothing,
    base_param: u32,
    base_size: u32,
    prepare: Nothing,
    compute: unsafe extern "C" fn(*const Task, *const Period, *mut f64),
    release: Nothing,
}

#[repr(C)]
struct ParamFunctions {
    count: unsafe extern "C" fn(*const Request, c_uint) -> usize,
    text: Nothing,
    integer: unsafe extern "C" fn(*const Request, c_uint, usize) -> i64,
    number: Nothing,
    texts: Nothing,
    fail: unsafe extern "C" fn(*mut Request, c_uint, Text, ...) -> c_int,
}

#[repr(C)]
struct AnswerFunctions {
    fail: Nothing,
    row: unsafe extern "C" fn(*mut Request, *const Cell) -> c_int,
    send: unsafe extern "C" fn(*mut Request) -> c_int,
}

#[repr(C)]
struct SourceFunctions {
    station: unsafe extern "C" fn(*mut Feed, Text, usize) -> c_int,
    put_station: Nothing,
    put_values: unsafe extern "C" fn(*mut Feed, *const Observation, usize) -> c_int,
    whole: Nothing,
    reject_line: unsafe extern "C" fn(*mut Feed, Text, ...) -> c_int,
}

#[repr(C)]
struct Host {
    log: unsafe extern "C" fn(c_int, Text, ...),
    day: unsafe extern "C" fn(c_int, c_int, c_int) -> i32,
    date: Nothing,
    param: *const ParamFunctions,
    request: Nothing,
    answer: *const AnswerFunctions,
    rows: Nothing,
    source: *const SourceFunctions,
}

#[repr(C)]
pub struct Plugin {
    abi_major: u16,
    abi_minor: u16,
    reserved: u32,
    host: *const AtomicPtr<Host>,
    name: Text,
    version: Text,
    routes: *const *const Route,
    sources: *const *const Source,
    stats: *const *const Stat,
    settings: *const Param,
    start: Nothing,
    stop: Nothing,
    extension: Nothing,
    assets: Nothing,
}
unsafe impl Sync for Plugin {}

// Set by the host before any function is called.
static HOST: AtomicPtr<Host> = AtomicPtr::new(std::ptr::null_mut());

fn host() -> &'static Host {
    unsafe { &*HOST.load(Ordering::Relaxed) }
}

// -- A source: lines of station, date and tenths of a degree, "RUST A1 2020-01-31 -15" -----------

const NO_ELEMENT: Element = Element {
    code: null(), name: null(), unit: null(), decimals: 0, min: 0, max: 0, reserved32: 0, reserved: [null(); 2],
};
static ELEMENTS: Constant<[Element; 2]> = Constant([
    Element {
        code: text!("RSTT"), name: text!("temperature"), unit: text!("degC"), decimals: 1, min: -900, max: 600,
        ..NO_ELEMENT
    },
    NO_ELEMENT,
]);

unsafe extern "C" fn sniff(_: *const Source, _: Text, head: Text, length: usize) -> c_int {
    if std::slice::from_raw_parts(head as *const u8, length).starts_with(b"RUST ") { 100 } else { 0 }
}

fn read(line: &str) -> Option<(&str, i32, i32)> {
    let mut words = line.split(' ').skip(1);
    let station = words.next()?;
    let date = words.next()?.split('-').map(|part| part.parse().ok()).collect::<Option<Vec<c_int>>>()?;
    let value = words.next()?.parse().ok()?;

    if date.len() != 3 {
        return None;
    }
    Some((station, unsafe { (host().day)(date[0], date[1], date[2]) }, value))
}

unsafe extern "C" fn read_line(
    _: *const Source, feed: *mut Feed, state: *mut c_void, line: Text, length: usize,
) -> c_int {
    let source = &*host().source;
    let words = std::slice::from_raw_parts(line as *const u8, length);

    *(state as *mut c_int) += 1;
    match std::str::from_utf8(words).ok().and_then(read) {
        None => (source.reject_line)(feed, text!("no date, or no number: '%s'"), line),
        Some((station, day, value)) => {
            let observation = Observation { day, value, ..Default::default() };

            if (source.station)(feed, station.as_ptr() as Text, station.len()) < 0 {
                return -1;
            }
            (source.put_values)(feed, &observation, 1)
        }
    }
}

unsafe extern "C" fn log_lines(_: *const Source, _: *mut Feed, state: *mut c_void) -> c_int {
    (host().log)(INFO, text!("%d lines"), *(state as *const c_int));
    0
}

static SOURCE: Constant<Source> = Constant(Source {
    name: text!("rust_words"),
    summary: text!("Lines of words"),
    elements: &ELEMENTS.0 as *const Element,
    state_size: std::mem::size_of::<c_int>(),
    flags: 0,
    reserved: 0,
    data: null(),
    sniff,
    begin: null(),
    line: read_line,
    end: Some(log_lines),
    release: null(),
});

// -- A statistic ---------------------------------------------------------------------------------

static INPUTS: Constant<[Input; 2]> = Constant([
    Input { code: text!("RSTT"), unit: text!("degC"), decimals: 1, reserved: 0, reserved2: [null(); 2] },
    Input { code: null(), unit: null(), decimals: 0, reserved: 0, reserved2: [null(); 2] },
]);

const NO_COLUMN: Column = Column {
    name: null(), unit: null(), help: null(), decimals: 0, method: 0, inputs: null(), rules: null(), kind: 0,
    periods: 0, reserved: [null(); 1],
};
static COLUMNS: Constant<[Column; 2]> = Constant([
    Column {
        name: text!("warmest"), unit: text!("degC"), help: text!("The highest."), decimals: 1, method: MAXIMUM,
        ..NO_COLUMN
    },
    NO_COLUMN,
]);

unsafe extern "C" fn compute(task: *const Task, period: *const Period, result: *mut f64) {
    let series = &*(*(*task).record).series;
    let first = series.value.add((*period).first as usize);
    let values = std::slice::from_raw_parts(first, (*period).days as usize);

    *result = match values.iter().filter(|value| **value > NOT_REPORTED).max() {
        Some(most) => f64::from(*most) / 10.0,
        None => f64::NAN,
    };
}

static STAT: Constant<Stat> = Constant(Stat {
    name: text!("rust_warmest"),
    summary: text!("Highest temperatures"),
    inputs: &INPUTS.0 as *const Input,
    columns: &COLUMNS.0 as *const Column,
    periods: YEAR,
    flags: 0,
    state_size: 0,
    data: null(),
    on_request: 0,
    lead_days: 0,
    help: null(),
    params: null(),
    base: null(),
    base_param: 0,
    base_size: 0,
    prepare: null(),
    compute,
    release: null(),
});

// -- A route -------------------------------------------------------------------------------------

const NO_PARAM: Param = Param {
    name: null(), kind: 0, flags: 0, help: null(), example: null(), default_value: null(), min: 0, max: 0,
    max_values: 0, reserved: 0, choices: null(), reserved2: [null(); 2],
};
static PARAMS: Constant<[Param; 2]> = Constant([
    Param {
        name: text!("values"), kind: INTEGER, flags: REQUIRED | LIST, help: text!("Numbers"), example: text!("1,2"),
        min: -100, max: 100, ..NO_PARAM
    },
    NO_PARAM,
]);

const NO_FIELD: Field = Field {
    name: null(), kind: 0, flags: 0, unit: null(), decimals: 0, reserved: 0, help: null(), reserved2: [null(); 2],
};
static FIELDS: Constant<[Field; 2]> =
    Constant([Field { name: text!("sum"), kind: INTEGER, help: text!("Their sum"), ..NO_FIELD }, NO_FIELD]);

unsafe extern "C" fn add_up(_: *const Route, request: *mut Request) -> c_int {
    let (param, answer) = (&*host().param, &*host().answer);
    let mut cell = Cell::default();

    for i in 0..(param.count)(request, 0) {
        let value = (param.integer)(request, 0, i);
        if value < 0 {
            return (param.fail)(request, 0, text!("%d is below zero"), value as c_int);
        }
        cell.integer += value;
    }
    if (answer.row)(request, &cell) < 0 { -1 } else { (answer.send)(request) }
}

static ROUTE: Constant<Route> = Constant(Route {
    path: text!("/words/rust"),
    summary: text!("A sum"),
    help: null(),
    params: &PARAMS.0 as *const Param,
    fields: &FIELDS.0 as *const Field,
    flags: SINGLE,
    answer: ROWS,
    methods: 0,
    reserved: 0,
    data: null(),
    media_type: null(),
    select: null(),
    handle: Some(add_up),
});

static ROUTES: Constant<[*const Route; 2]> = Constant([&ROUTE.0, null()]);
static SOURCES: Constant<[*const Source; 2]> = Constant([&SOURCE.0, null()]);
static STATS: Constant<[*const Stat; 2]> = Constant([&STAT.0, null()]);

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static alm_plugin: Plugin = Plugin {
    abi_major: 1,
    abi_minor: 0,
    reserved: 0,
    host: &HOST,
    name: text!("words_rust"),
    version: text!("1.0.0"),
    routes: &ROUTES.0 as *const *const Route,
    sources: &SOURCES.0 as *const *const Source,
    stats: &STATS.0 as *const *const Stat,
    settings: null(),
    start: null(),
    stop: null(),
    extension: null(),
    assets: null(),
};
