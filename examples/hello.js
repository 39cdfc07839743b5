// ./bedplate run examples/hello.js --arg Ada
const [name = "world"] = args;
console.log(`Hello, ${name}!`);
